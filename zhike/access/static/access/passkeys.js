// Passkeys: shown at log-in, made on the page about one's own log-in. The browser does the work; we carry JSON between it and the server.
(() => {
  if (!window.PublicKeyCredential || !PublicKeyCredential.parseRequestOptionsFromJSON) return; // an old browser: the password remains

  const post = async (url, body) => {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
    const headers = { "X-CSRFToken": token, "Content-Type": "application/json" };
    const answer = await fetch(url, { method: "POST", headers, body: body ? JSON.stringify(body) : null });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error || "");
    return told;
  };

  const trying = (place, act) => async (event) => {
    event.preventDefault();
    const line = place.querySelector("[data-passkey-error]");
    line.hidden = true;
    try {
      location.assign((await act()).url);
    } catch (wrong) {
      if (wrong.name === "NotAllowedError" || wrong.name === "AbortError") return; // she closed the browser's own window
      line.textContent = wrong.message || String(wrong.name);
      line.hidden = false;
    }
  };

  for (const button of document.querySelectorAll("[data-passkey-log-in]")) {
    button.hidden = false;
    button.addEventListener("click", trying(button.closest("form"), async () => {
      const asked = await post(button.dataset.passkeyLogIn);
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.publicKey);
      return post(button.dataset.passkeyTo, (await navigator.credentials.get({ publicKey })).toJSON());
    }));
  }

  for (const form of document.querySelectorAll("[data-passkey-new]")) {
    form.hidden = false;
    form.addEventListener("submit", trying(form, async () => {
      const asked = await post(form.dataset.passkeyNew);
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked.publicKey);
      const made = (await navigator.credentials.create({ publicKey })).toJSON();
      return post(`${form.dataset.passkeyTo}?name=${encodeURIComponent(form.elements.name.value)}`, made);
    }));
  }
})();
