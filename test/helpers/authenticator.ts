import { TOTP, URI } from 'otpauth';
import { BrowserAgent, formTo } from './browser-agent.js';
import type { World, WorldPerson } from './world.js';

/** An authenticator app on a phone whose clock is the server's. */
export class Authenticator {
  private readonly totp: TOTP;

  constructor(
    private readonly world: World,
    uri: string,
  ) {
    this.totp = URI.parse(uri) as TOTP;
  }

  /** From the key that a page shows. */
  static ofPage(world: World, html: string): Authenticator {
    const key = /<code class="key" dir="ltr">([A-Z2-7 ]+)<\/code>/.exec(html)?.[1];
    if (!key) throw new Error(`No key on the page: ${html.replace(/<[^>]+>/g, ' ').slice(0, 600)}`);
    return new Authenticator(world, `otpauth://totp/x?secret=${key.replaceAll(' ', '')}`);
  }

  /** The code of now, or of some steps away. */
  code(steps = 0): string {
    return this.totp.generate({ timestamp: this.world.app.clock.now() + steps * 30_000 });
  }

  /** A code that is sure to be new: half a minute passes. */
  next(): string {
    this.world.app.clock.advance(30_000);
    return this.code();
  }

  /** A code that is not right now. */
  wrong(): string {
    const right = [-2, -1, 0, 1, 2].map((steps) => this.code(steps));
    return ['000000', '111111', '222222', '333333', '444444', '555555'].find((one) => !right.includes(one))!;
  }
}

/** What a browser sees of signing in, one page after the other. */
export class FactorBrowser {
  readonly browser: BrowserAgent;

  constructor(
    private readonly world: World,
    readonly person: WorldPerson,
    readonly projectId: string = world.project.id,
  ) {
    this.browser = new BrowserAgent(world.app.baseUrl);
  }

  /** Types the password on the project's own sign-in page. @returns where that leads. */
  async password(address = `/signin?project=${this.projectId}`): Promise<string> {
    const html = await (await this.browser.get(address)).text();
    const { email, password } = this.person;
    const response = await this.browser.submit(formTo(html, '/signin'), { email, password });
    return response.headers.get('location') ?? `${response.status}`;
  }

  /** Sends the form of the page at an address. */
  async send(address: string, values: Record<string, string>) {
    const html = await (await this.browser.get(address)).text();
    const path = new URL(address, 'http://x/').pathname;
    const response = await this.browser.submit(formTo(html, path), values);
    const to = response.headers.get('location');
    return { status: response.status, to, headers: response.headers, html: await response.text() };
  }

  /** Sets an app up at the address of a page that shows a key. */
  async enrol(address = '/signin/enrol?again=1') {
    const page = await (await this.browser.get(address)).text();
    const app = Authenticator.ofPage(this.world, page);
    const done = await this.browser.submit(formTo(page, '/signin/enrol'), { code: app.code() });
    const html = await done.text();
    const codes = [...html.matchAll(/<code dir="ltr">([\w-]+)<\/code>/g)].map(([, code]) => code!);
    return { app, codes, status: done.status, html };
  }

  async isSignedIn(): Promise<boolean> {
    return (await this.browser.get('/me')).status === 200;
  }
}
