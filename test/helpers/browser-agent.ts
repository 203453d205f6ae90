/** A form as a page holds it: where it goes, and the values that it would send untouched. */
export interface PageForm {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** What a person without script sees: an HTTP client with cookies that reads forms and follows no redirect by itself. */
export class BrowserAgent {
  private readonly cookies = new Map<string, string>();

  constructor(
    private readonly baseUrl: string,
    private readonly userAgent?: string,
  ) {}

  /** The names of the cookies that it holds. */
  get cookieNames(): string[] {
    return [...this.cookies.keys()];
  }

  cookie(name: string): string | undefined {
    return this.cookies.get(name);
  }

  setCookie(name: string, value: string): void {
    this.cookies.set(name, value);
  }

  async get(address: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.send(address, { method: 'GET', headers });
  }

  /** Posts a form; `values` replace the form's own. */
  async submit(form: PageForm, values: Record<string, string | string[]> = {}): Promise<Response> {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...form.fields, ...values })) {
      for (const one of Array.isArray(value) ? value : [value]) body.append(name, one);
    }
    return this.send(form.action, { method: 'POST', body });
  }

  async send(address: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.userAgent !== undefined) headers.set('user-agent', this.userAgent);
    if (this.cookies.size > 0) {
      headers.set('cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    }
    const response = await fetch(new URL(address, this.baseUrl), { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.keep(line);
    return response;
  }

  private keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';');
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const gone = attributes.some(
      (one) => /^\s*max-age=0$/i.test(one) || /^\s*expires=Thu, 01 Jan 1970/i.test(one),
    );
    if (gone) this.cookies.delete(name.trim());
    else this.cookies.set(name.trim(), value);
  }
}

/** Every form of a page, in order. */
export function formsOf(html: string): PageForm[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, attributes = '', body = '']) => ({
    action: attribute(attributes, 'action') ?? '',
    fields: Object.fromEntries(
      [...body.matchAll(/<input\b([^>]*)>/g)]
        .map(([, input = '']) => input)
        .filter((input) => !/\btype="(?:submit|button)"/.test(input))
        .filter((input) => !/\btype="(?:checkbox|radio)"/.test(input) || /\bchecked\b/.test(input))
        .map((input) => [attribute(input, 'name') ?? '', attribute(input, 'value') ?? ''])
        .filter(([name]) => name !== ''),
    ),
  }));
}

/** The form of a page that posts to a path. */
export function formTo(html: string, path: string): PageForm {
  const form = formsOf(html).find(({ action }) => new URL(action, 'http://x/').pathname === path);
  if (!form)
    throw new Error(
      `The page has no form to ${path}: ${html
        .replace(/<[^>]+>/g, ' ')
        .replace(/\s+/g, ' ')
        .slice(0, 400)}`,
    );
  return form;
}

function attribute(text: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1];
  return value
    ?.replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
