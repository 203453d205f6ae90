import { BrowserAgent, formTo } from './browser-agent.js';
import type { JsonAnswer, TestClient } from './oauth-agent.js';
import { newPkce } from './oauth-agent.js';
import type { World, WorldPerson } from './world.js';

/** Where a browser stands after an authorization request: on one of our pages, or back at the app. */
export interface Stop {
  readonly url: URL;
  /** The query of the answer to the app; empty on a page of ours. */
  readonly answer: Readonly<Record<string, string>>;
}

/** A person with a browser: what an app sees of them when it asks. */
export class Visitor {
  readonly browser: BrowserAgent;
  /** Of the newest request. */
  verifier = '';

  constructor(
    private readonly world: World,
    readonly person: WorldPerson,
    readonly client: TestClient = world.project.app,
  ) {
    this.browser = new BrowserAgent(world.app.baseUrl);
  }

  /** A person who has signed in and allowed the client a scope. */
  static async of(world: World, scope = 'openid', client: TestClient = world.project.app): Promise<Visitor> {
    const visitor = new Visitor(world, await world.addPerson(world.project.id), client);
    await visitor.tokens({ scope });
    return visitor;
  }

  /** Sends an authorization request from the browser, and tells where that ends without any click. */
  async ask(parameters: Record<string, string | undefined> = {}, client = this.client): Promise<Stop> {
    const { verifier, challenge } = newPkce();
    this.verifier = verifier;
    const url = this.world.agent.authorizeUrl(client, {
      scope: 'openid',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...parameters,
    });
    return this.stop(await this.browser.get(url));
  }

  /** Sends the form of the page where the browser stands. */
  async send(at: Stop, values: Record<string, string> = {}): Promise<Stop> {
    const html = await (await this.browser.get(at.url.href)).text();
    return this.stop(await this.browser.submit(formTo(html, at.url.pathname), values));
  }

  /** Fills in the sign-in page. A good password leads back to it, and from there to what comes next. */
  async signIn(at: Stop, { email, password }: WorldPerson = this.person): Promise<Stop> {
    const back = await this.send(at, { email, password });
    const next = await this.browser.get(back.url.href);
    return next.status === 303 ? this.stop(next) : back;
  }

  /** The whole code flow: whatever pages come are answered with yes. */
  async tokens(parameters: Record<string, string | undefined> = {}): Promise<JsonAnswer> {
    return this.world.agent.codeFlow(
      this.client,
      this.person,
      { scope: 'openid', ...parameters },
      this.browser,
    );
  }

  /** Redeems the code of an answer. */
  redeem(at: Stop, client = this.client): Promise<JsonAnswer> {
    return this.world.agent.redeem(client, at.answer['code'] ?? '', this.verifier);
  }

  private stop(response: Response): Stop {
    const location = response.headers.get('location');
    if (!location) throw new Error(`No redirect but ${response.status}`);
    const url = new URL(location, this.world.app.baseUrl);
    const ours = url.href.startsWith(this.world.app.baseUrl);
    return { url, answer: ours ? {} : Object.fromEntries(url.searchParams) };
  }
}
