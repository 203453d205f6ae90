/** A person's browser without script: cookies, redirects one at a time, forms. */
export class Browser {
  #cookies = new Map();

  async send(address, init = {}) {
    const headers = new Headers(init.headers);
    const cookies = [...this.#cookies].map(([name, value]) => `${name}=${value}`);
    if (cookies.length > 0) headers.set('cookie', cookies.join('; '));
    const response = await fetch(address, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  /** Posts a form of a page with the values that it holds, replaced by `values` where the form has such a field. */
  submit(page, { action, fields }, values) {
    const body = new URLSearchParams(fields);
    for (const [name, value] of Object.entries(values)) body.set(name, value);
    const { origin } = new URL(page);
    return this.send(new URL(action, page), { method: 'POST', body, headers: { origin } });
  }

  #keep(line) {
    const [pair, ...attributes] = line.split(';');
    const [name, value] = pair.split(/=(.*)/s);
    const gone = attributes.some((one) => /^\s*(max-age=0$|expires=Thu, 01 Jan 1970)/i.test(one));
    if (gone) this.#cookies.delete(name.trim());
    else this.#cookies.set(name.trim(), value);
  }
}

/** The last form of a page: where it goes and what it would send untouched. Carekey's other forms stand before it. */
export function formOf(html, path = '') {
  const forms = [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, attributes, body]) => ({
    action: attribute(attributes, 'action') ?? '',
    fields: Object.fromEntries(
      [...body.matchAll(/<input\b([^>]*)>/g)]
        .map(([, input]) => [attribute(input, 'name') ?? '', attribute(input, 'value') ?? ''])
        .filter(([name]) => name !== ''),
    ),
  }));
  const form = forms.find(({ action }) => action.includes(path));
  if (!form)
    throw new Error(`No form to "${path}" on the page: ${html.replace(/<[^>]+>/g, ' ').slice(0, 300)}`);
  return form;
}

function attribute(text, name) {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1].replaceAll('&amp;', '&');
}
