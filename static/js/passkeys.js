// Passkeys: the browser makes one, or signs an approval with one. The server says what is to be signed.
const ELSEWHERE = "Passkeys work at";
const NOT_NOW = "Your browser gave no signature, so nothing was sent. Press again when you are ready.";
const NONE = "This browser knows no passkeys.";
const BROKEN = "That did not arrive, and nothing was changed. Look whether you are connected, then press again.";

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function make(options) {
  const found = await navigator.credentials.create({ publicKey: {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: known(options.excludeCredentials),
  } });
  const { response } = found;
  return written(found, {
    attestationObject: text(response.attestationObject),
    transports: response.getTransports?.() ?? [],
  });
}

async function sign(options) {
  const found = await navigator.credentials.get({ publicKey: {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: known(options.allowCredentials),
  } });
  const { response } = found;
  return written(found, {
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
  });
}

function written(found, said) {
  const response = { clientDataJSON: text(found.response.clientDataJSON), ...said };
  return JSON.stringify({ id: found.id, rawId: text(found.rawId), type: found.type, response });
}

// What the server wants signed; its refusal comes as an error with the sentence for the person.
async function ask(address, form) {
  let answer;
  try {
    answer = await fetch(address, { method: "POST", body: new FormData(form) });
  } catch {
    throw new Error(BROKEN);
  }
  const tree = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
  if (!answer.ok || !tree.challenge) throw new Error(tree.detail ?? BROKEN);
  return tree;
}

function why(error, origin) {
  if (error.name === "SecurityError") return `${ELSEWHERE} ${origin || "another address"} only. Open the console there.`;
  if (error.name === "InvalidStateError") return "This device holds a passkey of yours already.";
  return error instanceof DOMException ? NOT_NOW : error.message;
}

// Where the form says what is wrong: its own line, else the line below the buttons of an action.
function tell(form, said) {
  const place = form.querySelector("[data-passkey-told]") ?? document.getElementById("why");
  if (!place) return;
  place.setAttribute("role", "alert");
  place.textContent = said;
}

async function answerFor(form, button) {
  const { passkey, passkeyNew, origin } = form.dataset;
  const field = form.elements[passkeyNew ? "answer" : "assertion"];
  try {
    if (!globalThis.PublicKeyCredential) throw new Error(NONE);
    tell(form, passkeyNew ? "" : "Your browser asks for your passkey.");
    field.value = passkeyNew ? await make(await ask(passkeyNew, form)) : await sign(await ask(passkey, form));
  } catch (error) {
    tell(form, why(error, origin));
    form.removeAttribute("data-asking");
    return;
  }
  form.removeAttribute("data-asking");
  // Another action may have slid in meanwhile; its form has to be pressed by itself.
  if (!form.isConnected) return;
  form.requestSubmit(button);
}

// One answer, one request: where that failed, the next press asks for another.
function forget(event) {
  const form = event.detail.ctx.sourceElement;
  if (form?.dataset?.passkey && form.elements.assertion) form.elements.assertion.value = "";
}

// On its way down and before everybody else: without a signature the form is not sent at all.
export function startPasskeys() {
  document.addEventListener("htmx:finally:request", forget);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset?.passkey && !form.dataset?.passkeyNew) return;
    const field = form.elements[form.dataset.passkeyNew ? "answer" : "assertion"];
    if (!field || field.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.hasAttribute("data-asking") || event.submitter?.getAttribute("aria-disabled") === "true") return;
    form.setAttribute("data-asking", "");
    answerFor(form, event.submitter);
  }, true);
}
