import { Injectable } from '@nestjs/common';
import { type FindOptionsWhere, In, IsNull, MoreThan } from 'typeorm';
import type { Actor } from '../kernel/actor.js';
import { brokenConstraint } from '../kernel/database-errors.js';
import { conflict } from '../kernel/errors.js';
import type { ClientId, ProjectId } from '../kernel/ids.js';
import { type PageQuery, rowsToRead } from '../kernel/page.js';
import { RowVersions } from '../kernel/row-versions.js';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import { viewTerms } from '../r4/view-search.js';
import { ClientApplication } from './client-application.entity.js';
import { clientTable } from './client-application.fhir.js';
import { ClientSecret } from './client-secret.entity.js';
import type { StoredSecret } from './secret-check.js';

/** A client with all that is needed to judge what it presents. */
export type Client = Readonly<ClientApplication> & {
  readonly secrets: {
    readonly current: StoredSecret | undefined;
    readonly retiring: StoredSecret | undefined;
  };
};

interface FoundRow extends ClientApplication {
  currentHash: Buffer | null;
  retiringHash: Buffer | null;
  retiringExpiresAt: Date | null;
}

const find = statement(
  'client_application.find',
  `SELECT client.id, client.project_id AS "projectId", client.name, client.description, client.active,
     client.first_party AS "firstParty", client.redirect_uris AS "redirectUris",
     client.post_logout_redirect_uris AS "postLogoutRedirectUris",
     client.backchannel_logout_uri AS "backchannelLogoutUri",
     client.backchannel_logout_session_required AS "backchannelLogoutSessionRequired", client.allowed_origins AS "allowedOrigins",
     client.origins, client.default_scope AS "defaultScope",
     client.allowed_scopes AS "allowedScopes", client.scopes_only AS "scopesOnly",
     client.may_act_for_members AS "mayActForMembers", client.grant_types AS "grantTypes",
     client.authenticated_grants AS "authenticatedGrants", client.pkce_optional AS "pkceOptional",
     client.access_token_lifetime AS "accessTokenLifetime",
     client.refresh_token_lifetime AS "refreshTokenLifetime",
     client.id_token_signed_response_alg AS "idTokenSignedResponseAlg", client.jwks, client.jwks_uri AS "jwksUri",
     client.token_endpoint_auth_method AS "tokenEndpointAuthMethod", client.direct_sign_in AS "directSignIn",
     client.welcome_string AS "welcomeString", client.logo_url AS "logoUrl", client.created_at AS "createdAt",
     client.updated_at AS "updatedAt", client.version, client.author, current.hash AS "currentHash",
     retiring.hash AS "retiringHash", retiring.expires_at AS "retiringExpiresAt"
   FROM client_application client
   LEFT JOIN client_secret current ON current.client_id = client.id AND current.state = 'current'
   LEFT JOIN client_secret retiring ON retiring.client_id = client.id AND retiring.state = 'retiring'
   WHERE client.id = $1`,
);
const findOrigin = statement(
  'client_application.findOrigin',
  'SELECT id FROM client_application WHERE active AND origins @> ARRAY[$1::text] LIMIT 1',
);

const findByRedirectUri = statement(
  'client_application.findByRedirectUri',
  'SELECT id FROM client_application WHERE active AND redirect_uris @> ARRAY[$1]::text[] ORDER BY id LIMIT 1',
);

/** The rows of `client_application` and `client_secret`. */
@Injectable()
export class ClientsStore {
  constructor(private readonly versions: RowVersions) {}

  async find(tx: Tx, id: ClientId): Promise<Client | undefined> {
    const [row] = await tx.sql<FoundRow>(find, [id]);
    if (!row) return undefined;
    const { currentHash, retiringHash, retiringExpiresAt, ...client } = row;
    const current = currentHash ? { hash: currentHash, expiresAt: null } : undefined;
    const retiring = retiringHash ? { hash: retiringHash, expiresAt: retiringExpiresAt } : undefined;
    return { ...client, secrets: { current, retiring } };
  }

  async hasOrigin(tx: Tx, origin: string): Promise<boolean> {
    return (await tx.sql(findOrigin, [origin])).length > 0;
  }

  async findByRedirectUri(tx: Tx, redirectUri: string): Promise<ClientId | undefined> {
    return (await tx.sql<{ id: ClientId }>(findByRedirectUri, [redirectUri]))[0]?.id;
  }

  async findInProject(
    tx: Tx,
    id: ClientId,
    projectId: ProjectId | null,
  ): Promise<ClientApplication | undefined> {
    return (await tx.manager.findOneBy(ClientApplication, { id, ...inProject(projectId) })) ?? undefined;
  }

  findMany(tx: Tx, ids: readonly ClientId[]): Promise<ClientApplication[]> {
    return tx.manager.findBy(ClientApplication, { id: In([...ids]) });
  }

  async insert(tx: Tx, client: ClientApplication): Promise<void> {
    const terms = viewTerms(clientTable, client);
    await tx.manager.insert(ClientApplication, { ...client, terms });
  }

  /** Writes `changes` over the row if it still has `version`, and keeps what it was; answers whether it did. */
  update(
    tx: Tx,
    actor: Actor,
    before: ClientApplication,
    version: number,
    changes: Partial<ClientApplication> & { readonly updatedAt: Date },
  ): Promise<boolean> {
    const terms = viewTerms(clientTable, { ...before, ...changes });
    const { projectId } = before;
    const change = { projectId, before, version, actor };
    return this.versions.replace(tx, ClientApplication, change, { ...changes, terms });
  }

  /** Deletes the row and its secrets if it still has `version` and no member is it; its versions stay. Answers whether it did. */
  async remove(tx: Tx, actor: Actor, before: ClientApplication, version: number, at: Date): Promise<boolean> {
    const { projectId } = before;
    const change = { projectId, before, version, actor };
    try {
      return await this.versions.remove(tx, ClientApplication, change, at);
    } catch (error) {
      if (brokenConstraint(error) !== undefined) throw conflict({ cause: error });
      throw error;
    }
  }

  /** In id order; one row more than asked for when more follow. */
  list(tx: Tx, projectId: ProjectId | null, page: PageQuery<ClientId>): Promise<ClientApplication[]> {
    return tx.manager.find(ClientApplication, {
      where: { ...inProject(projectId), ...(page.after ? { id: MoreThan(page.after) } : {}) },
      order: { id: 'ASC' },
      take: rowsToRead(page),
    });
  }

  async insertSecret(tx: Tx, secret: ClientSecret): Promise<void> {
    await tx.manager.insert(ClientSecret, secret);
  }

  /** Makes room for a new current secret: the current one becomes the retiring one, in place of any before it. */
  async retireCurrentSecret(tx: Tx, clientId: ClientId, expiresAt: Date | null): Promise<void> {
    await tx.manager.delete(ClientSecret, { clientId, state: 'retiring' });
    await tx.manager.update(ClientSecret, { clientId, state: 'current' }, { state: 'retiring', expiresAt });
  }

  /** The secrets of some clients, without their hashes. */
  secretsOf(tx: Tx, ids: readonly ClientId[]): Promise<Omit<ClientSecret, 'hash'>[]> {
    const select = { id: true, clientId: true, state: true, createdAt: true, expiresAt: true };
    return tx.manager.find(ClientSecret, { select, where: { clientId: In([...ids]) } });
  }

  /** Answers whether there was one. */
  async dropRetiringSecret(tx: Tx, clientId: ClientId): Promise<boolean> {
    const { affected } = await tx.manager.delete(ClientSecret, { clientId, state: 'retiring' });
    return (affected ?? 0) > 0;
  }
}

function inProject(projectId: ProjectId | null): FindOptionsWhere<ClientApplication> {
  return { projectId: projectId ?? IsNull() };
}
