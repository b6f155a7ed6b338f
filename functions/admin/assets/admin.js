// What the pages do better with a script: copy, ask before an end, not send twice, read a file, rest while nobody looks.
// Owns nothing that a page needs: each works without it.

'use strict';

const PATIENCE = 30_000;

// Buttons that copy are shown only where they can.
function offerCopies(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll('button[data-copy]')) button.hidden = false;
}

async function copy(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  button.textContent = 'Copied';
  button.addEventListener('blur', () => { button.textContent = 'Copy'; }, { once: true });
}

function offerFiles() {
  for (const hint of document.querySelectorAll('[data-file]')) {
    hint.hidden = false;
    hint.querySelector('input').addEventListener('change', async (event) => {
      const [file] = event.target.files;
      if (file) document.getElementById(hint.dataset.file).value = await file.text();
    });
  }
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-copy]');
  if (button) copy(button);
});

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.ask && !window.confirm(form.dataset.ask)) return event.preventDefault();
  if (form.dataset.sent) return event.preventDefault();
  if (form.method !== 'post') return;
  form.dataset.sent = 'yes';
  // An answer that never comes, or that somebody stopped, is no reason to keep them from asking again.
  setTimeout(forgetSent, PATIENCE, form);
  for (const button of form.querySelectorAll('button[type="submit"]')) button.setAttribute('aria-disabled', 'true');
});

function forgetSent(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll('[aria-disabled]')) button.removeAttribute('aria-disabled');
}

// A page that the browser took from its memory may be sent again.
window.addEventListener('pageshow', () => [...document.forms].forEach(forgetSent));

// A part that asks again by itself does so only while it is looked at, and never under the hands of somebody with a keyboard.
document.addEventListener('htmx:beforeRequest', (event) => {
  const part = event.detail.elt;
  if (!part.matches('[data-live]')) return;
  if (document.hidden || part.querySelector(':focus-visible')) event.preventDefault();
});
document.addEventListener('htmx:afterSwap', (event) => offerCopies(event.detail.elt));

// What can't be brought up to date says so, once.
function stale(event) {
  const part = event.detail.elt.closest('[data-live]');
  if (!part || document.getElementById('stale')) return;
  const told = document.createElement('p');
  told.id = 'stale';
  told.className = 'notice warn';
  told.setAttribute('role', 'status');
  const again = document.createElement('a');
  again.href = window.location.href;
  again.textContent = 'Load the page again';
  told.append('This is no longer brought up to date. ', again, '.');
  part.before(told);
}
document.addEventListener('htmx:responseError', stale);
document.addEventListener('htmx:sendError', stale);
document.addEventListener('htmx:afterOnLoad', (event) => {
  if (event.detail.xhr.status < 400) document.getElementById('stale')?.remove();
});

offerCopies(document);
offerFiles();
