import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { User } from '../identities/user.entity.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import type { ClientId, MembershipId, SessionId } from '../kernel/ids.js';
import { RequestContexts } from '../kernel/request-context.js';
import { type Session, SessionsService } from '../logins/sessions.service.js';
import { CandidatesService } from '../memberships/candidates.service.js';
import { BrowserSessions } from './browser-sessions.js';
import { ConnectedApps } from './connected-apps.js';
import { deviceName } from './device-name.js';
import { agoInWords, type Language, profileTypeInWords } from './strings.js';

/** A signed-in person with the session of this browser. */
export interface SignedIn {
  readonly session: Session;
  readonly user: User;
}

/** What the account page shows, and what it does. */
@Injectable()
export class AccountView {
  constructor(
    private readonly db: Db,
    private readonly browsers: BrowserSessions,
    private readonly sessions: SessionsService,
    private readonly candidates: CandidatesService,
    private readonly apps: ConnectedApps,
    private readonly contexts: RequestContexts,
    private readonly clock: Clock,
  ) {}

  /** The person of this browser's session, if both are alive. */
  signedIn(request: FastifyRequest): Promise<SignedIn | undefined> {
    return this.browsers.signedIn(request);
  }

  /** The data of the page. */
  async data({ session, user }: SignedIn, language: Language): Promise<object> {
    const now = this.clock.now();
    const memberships = await this.db.read((tx) => this.candidates.of(tx, user.id, null));
    const sessions = await this.sessions.list(user.id);
    return {
      person: { name: `${user.givenName} ${user.familyName}`, email: user.email },
      memberships: memberships.map((one) => ({
        name: one.label ? `${one.profileName} (${one.label})` : one.profileName,
        type: profileTypeInWords(language, one.profileType),
        project: one.projectName,
        pending: one.pending,
        id: one.membershipId,
      })),
      apps: await this.apps.list(user.id, language),
      sessions: sessions.map((one) => ({
        id: one.id,
        device: deviceName(language, one.userAgent),
        address: one.remoteAddress,
        current: one.id === session.id,
        signedIn: agoInWords(language, one.authTime, now),
        lastUsed: agoInWords(language, one.lastUsedAt, now),
      })),
    };
  }

  /** Accepts an invitation of the person; whether there was one. @throws AppError `invitation-expired` */
  async accept(request: FastifyRequest, found: SignedIn, id: MembershipId): Promise<boolean> {
    // A sign-in that a project vouched for reaches its own membership only (rulings 18).
    if (found.session.vouchedBy === 'project') return false;
    const actor = this.actor(request, found);
    return this.db.tx((tx) => this.candidates.accept(tx, actor, found.user.id, id));
  }

  /** Ends another session of the same person; whether there was one. */
  async endSession(request: FastifyRequest, found: SignedIn, id: SessionId): Promise<boolean> {
    const own = (await this.sessions.list(found.user.id)).some((one) => one.id === id);
    if (!own) return false;
    const actor = this.actor(request, found);
    return this.db.tx((tx) => this.sessions.end(tx, actor, id, 'ended-by-person', found.user.projectId));
  }

  /** Takes an app's access back; whether it had any. */
  disconnect(request: FastifyRequest, found: SignedIn, id: ClientId): Promise<boolean> {
    return this.apps.disconnect(this.actor(request, found), found.user.id, id);
  }

  /** Ends every other session, and every app's access that was not given in this one. */
  async signOutElsewhere(request: FastifyRequest, { session, user }: SignedIn): Promise<void> {
    const actor = this.actor(request, { session, user });
    const options = { projectId: user.projectId, kept: { session: session.id }, keepsLogins: true };
    await this.db.tx((tx) => this.sessions.endAll(tx, actor, user.id, 'signed-out-elsewhere', options));
  }

  /** Ends this session, or every one. */
  async signOut(request: FastifyRequest, found: SignedIn, everywhere: boolean): Promise<void> {
    const actor = this.actor(request, found);
    await this.db.tx(async (tx) => {
      const { id, projectId } = found.user;
      if (everywhere) await this.sessions.endAll(tx, actor, id, 'signed-out-everywhere', { projectId });
      else await this.sessions.end(tx, actor, found.session.id, 'signed-out', projectId);
    });
  }

  /** The person as the one who acts. */
  actor(request: FastifyRequest, { user }: SignedIn): Actor {
    return { kind: 'user', userId: user.id, request: this.contexts.of(request) };
  }
}
