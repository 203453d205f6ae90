import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AuthenticationModule } from '../authentication/authentication.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { DirectoryModule } from '../directory/directory.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { LoginsModule } from '../logins/logins.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { MfaModule } from '../mfa/mfa.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { AuthorizeFlow } from './authorize/authorize-flow.js';
import { CodeIssuer } from './authorize/code-issuer.js';
import { InteractionEnds } from './authorize/interaction-ends.js';
import { InteractionScenes } from './authorize/interaction-scenes.js';
import { InteractionsService } from './authorize/interactions.service.js';
import { RedirectLoops } from './authorize/redirect-loops.js';
import { AuthorizeSteps } from './authorize/steps.js';
import { ClientAuthenticationService } from './client-auth/client-authentication.service.js';
import { DirectSignInService } from './direct-sign-in/direct-sign-in.service.js';
import { FactorQuestions } from './direct-sign-in/factor-questions.js';
import { LoginFactorsService } from './direct-sign-in/login-factors.service.js';
import { LoginResults } from './direct-sign-in/login-results.js';
import { LoginWalk } from './direct-sign-in/login-walk.js';
import { OriginRules } from './direct-sign-in/origin-rules.js';
import { UnfinishedLoginsService } from './direct-sign-in/unfinished-logins.service.js';
import { AuthorizeEndpoint } from './endpoints/authorize.endpoint.js';
import { DiscoveryEndpoint } from './endpoints/discovery.endpoint.js';
import { IntrospectEndpoint } from './endpoints/introspect.endpoint.js';
import { JwksEndpoint } from './endpoints/jwks.endpoint.js';
import { LogoutEndpoint } from './endpoints/logout.endpoint.js';
import { ProtectedResourceEndpoint } from './endpoints/protected-resource.endpoint.js';
import { RevokeEndpoint } from './endpoints/revoke.endpoint.js';
import { SmartConfigurationEndpoint } from './endpoints/smart-configuration.endpoint.js';
import { TokenEndpoint } from './endpoints/token.endpoint.js';
import { UserinfoEndpoint } from './endpoints/userinfo.endpoint.js';
import { GrantRegistry } from './grants/grant-registry.js';
import { grants } from './grants/index.js';
import { LogoutService } from './logout/logout.service.js';
import { LogoutRequestsService } from './logout/logout-requests.service.js';
import { PresentedTokens } from './presented-tokens.js';
import { SignInTraffic } from './sign-in-traffic.js';
import { TokenRequests } from './token-request.js';
import { TokenResponse } from './token-response.js';

/**
 * The OAuth 2.1 and OpenID Connect endpoints. Owns no table. Needs `PAGE_RENDERER`; leaves to pages and to the JSON login
 * API what they share with the endpoints: interactions, logout, sign-in on a form of the app, the traffic limit of
 * passwords.
 */
@Module({
  imports: [
    AuditModule,
    AuthenticationModule,
    ClientsModule,
    DirectoryModule,
    IdentitiesModule,
    KeysModule,
    LoginsModule,
    MembershipsModule,
    MfaModule,
    ProjectsModule,
    TokensModule,
  ],
  controllers: [
    AuthorizeEndpoint,
    DiscoveryEndpoint,
    IntrospectEndpoint,
    JwksEndpoint,
    LogoutEndpoint,
    ProtectedResourceEndpoint,
    RevokeEndpoint,
    SmartConfigurationEndpoint,
    TokenEndpoint,
    UserinfoEndpoint,
  ],
  providers: [
    ...Object.values(grants),
    AuthorizeFlow,
    AuthorizeSteps,
    ClientAuthenticationService,
    CodeIssuer,
    DirectSignInService,
    FactorQuestions,
    GrantRegistry,
    InteractionEnds,
    InteractionScenes,
    InteractionsService,
    LoginFactorsService,
    LoginResults,
    LogoutRequestsService,
    LogoutService,
    LoginWalk,
    OriginRules,
    PresentedTokens,
    RedirectLoops,
    SignInTraffic,
    TokenRequests,
    TokenResponse,
    UnfinishedLoginsService,
  ],
  exports: [
    DirectSignInService,
    InteractionsService,
    LoginFactorsService,
    LogoutService,
    OriginRules,
    SignInTraffic,
    UnfinishedLoginsService,
  ],
})
export class AuthGrantsModule {}
