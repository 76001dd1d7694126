"""Pages that need no session."""

from django.urls import path

from console.web import login, setup

urlpatterns = [
    path("login/", login.log_in, name="login"),
    path("logout/", login.log_out, name="logout"),
    path("password/", login.forgotten, name="password-forgotten"),
    path("password/<str:user_id>/<str:token>/", login.reset, name="password-reset"),
    path("invitations/<str:token>/", setup.invitation, name="invitation"),
    path("setup/<str:token>/", setup.first_admin, name="setup"),
]
