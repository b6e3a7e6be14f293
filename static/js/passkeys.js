// Asks the browser for a passkey, or to make one, and sends its answer with the form. Without it the form only explains.

const form = document.querySelector("form[data-passkey]")

if (form) {
  form.querySelector("[data-passkey-start]").addEventListener("click", () => ask(form))
  ask(form)
}

async function ask(form) {
  const says = form.querySelector("[data-passkey-status]")
  if (!window.isSecureContext) return tell(says, "insecure")
  if (!window.PublicKeyCredential) return tell(says, "impossible")
  tell(says, "waiting")
  try {
    const options = JSON.parse(form.dataset.options)
    const credential = form.dataset.passkey === "create" ? await make(options) : await get(options)
    form.elements.credential.value = JSON.stringify(credential)
    form.submit()
  } catch {
    tell(says, "refused")
  }
}

async function make(options) {
  const credential = await navigator.credentials.create({ publicKey: {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map(withBytes),
  } })
  return {
    ...named(credential),
    response: {
      attestationObject: text(credential.response.attestationObject),
      clientDataJSON: text(credential.response.clientDataJSON),
      transports: credential.response.getTransports?.() ?? [],
    },
  }
}

async function get(options) {
  const credential = await navigator.credentials.get({ publicKey: {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: (options.allowCredentials ?? []).map(withBytes),
  } })
  const { authenticatorData, clientDataJSON, signature, userHandle } = credential.response
  return {
    ...named(credential),
    response: {
      authenticatorData: text(authenticatorData),
      clientDataJSON: text(clientDataJSON),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    },
  }
}

function named(credential) {
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type }
}

function withBytes(descriptor) {
  return { ...descriptor, id: bytes(descriptor.id) }
}

function bytes(value) {
  const plain = atob(value.replaceAll("-", "+").replaceAll("_", "/"))
  return Uint8Array.from(plain, (character) => character.charCodeAt(0))
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer))
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}

function tell(says, what) {
  says.textContent = says.dataset[what]
}
