"""The public keys, for gateways that check grants offline."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from drf_spectacular.utils import extend_schema

from agents_api import describe, output
from agents_api.door import JSON, Door
from approvals import services


class Jwks(Door):
    @extend_schema(**describe.JWKS)
    def get(self, request: HttpRequest) -> HttpResponse:
        # A gateway may keep the keys for a while; a new key is published before it signs.
        return HttpResponse(output.dumps(services.jwks()), content_type=JSON, headers={"Cache-Control": "max-age=300"})


urlpatterns = [path("jwks.json", Jwks.as_view(), name="jwks")]
