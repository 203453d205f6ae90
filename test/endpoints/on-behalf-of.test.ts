import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Route, routesOf } from '../architecture/routes.js';
import { sourcesBelow } from '../architecture/sources.js';
import { basicHeader } from '../helpers/oauth-agent.js';
import { startWorld, type World } from '../helpers/world.js';

/** Doors that speak about the caller itself, or tell everybody the same. */
const indifferent = [
  /^\/oauth2\//,
  /^(\/fhir\/R4)?\/\.well-known\//,
  /^\/auth\/(me|method|clientinfo\/:clientId)$/,
  /^\/(healthcheck|livez|readyz|version|metrics|robots\.txt|openapi\.json)$/,
  /^\/(docs|dev|assets)(\/|$)/,
  /^\/graphql(\/:file)?$/,
  /^\/fhir\/R4\/metadata$/,
  /^\/$/,
];

/** The doors of data, where one may act for somebody else: fhir-on-behalf-of.test.ts. */
const ofData = /^\/fhir\/R4\/:type/;

/** Every other one refuses. */
const refuses = ({ method, path }: Route) =>
  // The page of GraphiQL is the same for everybody; what is posted there is not.
  `${method} ${path}` === 'post /graphql' ||
  !(ofData.test(path) || indifferent.some((door) => door.test(path)));

const sentence = 'Nobody may do this on behalf of somebody else. Leave X-Medplum-On-Behalf-Of out.';

describe('X-Medplum-On-Behalf-Of (rulings 14, F72)', () => {
  let world: World;
  let token: string;
  const routes = routesOf(sourcesBelow('src'));
  beforeAll(async () => {
    world = await startWorld();
    token = (await world.agent.codeFlow(world.project.app, world.project.admin)).body.access_token;
  });
  afterAll(() => world.close());

  /** A request to a route with a good credential of an admin; for members of the same project. */
  async function call({ method, path, access }: Route, more: Record<string, string> = {}) {
    const address = path.slice(1).replace(/:\w+/g, '00000000-0000-7000-8000-000000000000');
    return world.agent.request(address.replace('*', 'fhir/R4'), {
      method: method.toUpperCase(),
      headers: { ...(access !== 'public' && { authorization: `Bearer ${token}` }), ...more },
    });
  }
  const targets = () => [
    `ProjectMembership/${world.project.person.membershipId}`,
    'Practitioner/00000000-0000-7000-8000-000000000000',
    'rubbish',
    '',
  ];

  it('F72 is refused with 403 at every door of credentials, sessions and accounts', async () => {
    const doors = routes.filter(refuses);
    expect(doors.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        '/auth/login',
        '/auth/profile',
        '/auth/scope',
        '/auth/login/:login',
        '/auth/revoke',
        '/auth/changepassword',
        '/graphql',
        '/me',
        '/signin',
        '/signout',
        '/consent',
      ]),
    );
    for (const route of doors) {
      for (const target of targets()) {
        const { status, body } = await call(route, { 'x-medplum-on-behalf-of': target });
        expect([route.method, route.path, status]).toEqual([route.method, route.path, 403]);
        expect(JSON.stringify(body)).toContain(typeof body === 'string' ? 'This is not allowed' : sentence);
      }
    }
  });

  it('F39 changes nothing at the doors that speak about the caller itself or tell everybody the same', async () => {
    const doors = routes.filter((route) => !refuses(route) && !ofData.test(route.path));
    for (const route of doors.filter(({ path }) => path !== '/metrics')) {
      const plain = await call(route);
      for (const target of targets()) {
        const { status, body } = await call(route, { 'x-medplum-on-behalf-of': target });
        expect([route.method, route.path, status, typeof body]).toEqual([
          route.method,
          route.path,
          plain.status,
          typeof plain.body,
        ]);
        if (route.path === '/auth/me') expect(body).toEqual(plain.body);
      }
    }
  });

  it('is read at every door of data, and nowhere else: whoever is named must be somebody', async () => {
    const doors = routes.filter(({ path }) => ofData.test(path));
    expect(doors.map(({ method, path }) => `${method} ${path.slice('/fhir/R4/'.length)}`).sort()).toEqual([
      'delete :type/:id',
      'get :type',
      'get :type/:id',
      'get :type/:id/_history',
      'get :type/:id/_history/:version',
      'patch :type/:id',
      'post :type',
      'post :type/_search',
      'put :type/:id',
    ]);
    for (const route of doors) {
      const statuses = [];
      for (const target of targets())
        statuses.push((await call(route, { 'x-medplum-on-behalf-of': target })).status);
      const plain = await call(route);
      expect([route.method, route.path, ...statuses]).toEqual([
        route.method,
        route.path,
        plain.status,
        403,
        400,
        400,
      ]);
    }
  });

  it('F72 a bad credential stays 401: the header does not tell more than it', async () => {
    const headers = { 'x-medplum-on-behalf-of': 'rubbish' };
    for (const authorization of [
      undefined,
      'Bearer a.b.c',
      basicHeader({ ...world.project.app, secret: 'x' }),
    ]) {
      const answer = await world.agent.request('auth/revoke', {
        method: 'POST',
        headers: { ...headers, ...(authorization && { authorization }) },
      });
      expect(answer.status).toBe(401);
    }
  });

  it('F72 a client is refused like a person, with Basic too, and nothing happened', async () => {
    const authorization = basicHeader(world.project.server);
    for (const path of ['auth/revoke', 'auth/changepassword']) {
      const { status, body } = await world.agent.request(path, {
        method: 'POST',
        headers: {
          authorization,
          'content-type': 'application/json',
          'x-medplum-on-behalf-of': targets()[0]!,
        },
        body: '{}',
      });
      expect([status, body.issue[0].details.text]).toEqual([403, sentence]);
    }
    expect((await world.agent.userinfo(token)).status).toBe(200);
  });
});
