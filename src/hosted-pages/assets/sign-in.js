// Shows or hides the password in place. Without script the same button posts the form and the page comes back.
for (const button of document.querySelectorAll('button[data-reveal]')) {
  button.addEventListener('click', (event) => {
    event.preventDefault();
    const input = document.getElementById(button.dataset.reveal);
    const shown = input.type === 'text';
    input.type = shown ? 'password' : 'text';
    button.textContent = shown ? button.dataset.show : button.dataset.hide;
    input.focus();
  });
}
