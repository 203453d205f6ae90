import type { RequestContext } from '../../kernel/actor.js';
import type { MembershipId, ProjectId, SessionId, UserId } from '../../kernel/ids.js';
import type { Secret } from '../../kernel/secrets.js';
import type { OAuthErrorCode } from '../oauth.errors.js';

/** What a page needs to say who is asking: "Signing in to <client> at <project>". */
export interface AskingClient {
  readonly clientName: string;
  readonly projectName: string;
  /**
   * What the page's `form-action` must allow besides 'self': browsers follow the whole redirect chain of a form.
   * An origin (`https://app.example`) or a scheme (`com.example.app:`).
   */
  readonly formAction: string;
  /** The app's wish for the language of the page, best first, separated by spaces (`ui_locales`). */
  readonly uiLocales: string | undefined;
}

/** One membership of the chooser. */
export interface MembershipChoice {
  readonly membershipId: MembershipId;
  readonly projectName: string;
  readonly profileType: string;
  readonly profileName: string;
  readonly label: string | undefined;
  /** Not accepted yet: choosing it accepts it (rulings 24). */
  readonly pending: boolean;
}

/** The signed-in person of a browser session, as pages show it. */
export interface SignedInPerson {
  readonly sessionId: SessionId;
  readonly userId: UserId;
  readonly email: string;
  readonly name: string;
}

/** What has to happen next with a kept authorization request. */
export type NextInteraction =
  | {
      readonly kind: 'sign-in';
      readonly asking: AskingClient;
      readonly loginHint: string | undefined;
      readonly notice: SignInNotice | undefined;
    }
  | {
      /** Go on as the person who is signed in, or as somebody else. */
      readonly kind: 'select-account';
      readonly asking: AskingClient;
      readonly person: SignedInPerson;
    }
  | {
      readonly kind: 'choose-membership';
      readonly asking: AskingClient;
      readonly person: SignedInPerson;
      readonly choices: readonly MembershipChoice[];
    }
  | {
      /** The person is signed in with less than is needed here: a second factor is to be given, or set up. */
      readonly kind: 'second-factor' | 'enrol-factor';
      readonly asking: AskingClient;
      readonly person: SignedInPerson;
    }
  | {
      readonly kind: 'consent';
      readonly asking: AskingClient;
      readonly person: SignedInPerson;
      readonly scopes: readonly string[];
      readonly profileName: string;
    }
  /** Send the browser to the app, with a code or an error in the query (303). */
  | {
      readonly kind: 'redirect';
      readonly location: string;
      /** What the query says, if it is an error. */
      readonly error?: OAuthErrorCode;
    }
  /** The request is unknown, expired, already answered or belongs to another browser: a page that says so. */
  | { readonly kind: 'gone' };

/** Why a person who is signed in, or was, is asked to sign in (again). */
export type SignInNotice = 'no-membership' | 'sign-in-again' | 'other-person';

/** One step that a browser takes in a kept authorization request. */
export interface InteractionStep {
  /** The secret in the page's address. */
  readonly handle: Secret;
  /** The value of the browser-binding cookie that `authorize` set; handle and browser must belong together. */
  readonly browser: Secret | undefined;
  /** The value of the session cookie. */
  readonly session: Secret | undefined;
  readonly request: RequestContext;
}

/** Who asks with a kept request, and whose people are meant to sign in to it. */
export interface RequestOwner {
  readonly asking: AskingClient;
  /** Null for a client of the server. */
  readonly projectId: ProjectId | null;
}

/** Walks a kept authorization request to its end. */
export interface Interactions {
  next(step: InteractionStep): Promise<NextInteraction>;
  /** Who asks; `undefined` when the request is gone. */
  owner(step: InteractionStep): Promise<RequestOwner | undefined>;
  /** `here`: go on with the account that is signed in; else with another one. */
  selectAccount(step: InteractionStep, here: boolean): Promise<NextInteraction>;
  chooseMembership(step: InteractionStep, membershipId: MembershipId): Promise<NextInteraction>;
  /** `scopes`: those that the person left ticked. */
  decideConsent(
    step: InteractionStep,
    decision: { readonly allow: boolean; readonly scopes: readonly string[] },
  ): Promise<NextInteraction>;
  /** The person will not sign in: back to the app with `access_denied`. */
  cancel(step: InteractionStep): Promise<NextInteraction>;
}
