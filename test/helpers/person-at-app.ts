import { BrowserAgent, formTo } from './browser-agent.js';
import type { TestClient } from './oauth-agent.js';
import type { World, WorldPerson } from './world.js';

/** A web app of somebody else, on this machine. */
export interface AppAddress {
  /** The page for people who are signed in. */
  readonly home: string;
  readonly client: TestClient;
}

/** A person with one browser, whose cookies for us and for an app are kept apart. */
export class PersonAtApp {
  private readonly here: BrowserAgent;
  private readonly there: BrowserAgent;

  constructor(
    private readonly world: World,
    private readonly app: AppAddress,
    readonly account: WorldPerson,
  ) {
    this.here = new BrowserAgent(world.app.baseUrl);
    this.there = new BrowserAgent(app.home);
  }

  /** What the app shows, and as what it knows the person if it says so; 'asks' when it sends its visitor to sign in. */
  async visit(): Promise<string> {
    const answer = await this.there.get(this.app.home);
    if (answer.headers.get('location')?.startsWith(this.world.app.baseUrl)) return 'asks';
    return answer.headers.get('x-signed-in-as') ?? answer.text();
  }

  /** From the app's page through our sign-in back to the app. */
  async signIn(): Promise<void> {
    const asked = new URL((await this.there.get(this.app.home)).headers.get('location')!);
    const parameters = Object.fromEntries(asked.searchParams);
    const back = await this.world.agent.signIn(this.app.client, this.account, parameters, this.here);
    const answer = await this.there.get(back.href);
    if (answer.status >= 400)
      throw new Error(`The app did not take the code: ${answer.status} ${await answer.text()}`);
  }

  /** Opens the app's own sign-out, and goes where it leads; the last address. */
  async signOutThere(address: string): Promise<string> {
    let location = (await this.there.get(address)).headers.get('location') ?? '';
    if (!location.startsWith(`${this.world.app.baseUrl}oauth2/logout?`))
      throw new Error(`The app does not sign out here: ${location}`);
    while (new URL(location, this.world.app.baseUrl).href.startsWith(this.world.app.baseUrl)) {
      const next = (await this.here.get(location)).headers.get('location');
      if (next === null) throw new Error(`The sign-out ended at ${location}`);
      location = next;
    }
    return location;
  }

  async isSignedInHere(): Promise<boolean> {
    return (await this.here.get('me')).status === 200;
  }

  /** Presses the button on our account page. */
  async signOutHere(): Promise<void> {
    const page = await (await this.here.get('me')).text();
    await this.here.submit(formTo(page, '/signout'));
  }
}
