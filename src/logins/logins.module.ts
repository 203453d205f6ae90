import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { MfaModule } from '../mfa/mfa.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { AuthorizationCode } from './authorization-code.entity.js';
import { AuthorizationRequest } from './authorization-request.entity.js';
import { AuthorizationRequestsService } from './authorization-requests.service.js';
import { AuthorizationRequestsStore } from './authorization-requests.store.js';
import { BrowserSession } from './browser-session.entity.js';
import { BrowserSignInService } from './browser-sign-in.service.js';
import { CodesService } from './codes.service.js';
import { CodesStore } from './codes.store.js';
import { Consent } from './consent.entity.js';
import { ConsentsService } from './consents.service.js';
import { ConsentsStore } from './consents.store.js';
import { FactorRulesService } from './factor-rules.service.js';
import { HalfSignIn } from './half-sign-in.entity.js';
import { HalfSignInsStore } from './half-sign-ins.store.js';
import { Login } from './login.entity.js';
import { LoginEndingsService } from './login-endings.service.js';
import { LoginHandle } from './login-handle.entity.js';
import { LoginPurgesService } from './login-purges.service.js';
import { LoginsService } from './logins.service.js';
import { LoginsStore } from './logins.store.js';
import { LogoutNotificationsService } from './logout-notifications.service.js';
import { OpenLoginsService } from './open-logins.service.js';
import { OpenLoginsStore } from './open-logins.store.js';
import { RestoredService } from './restored.service.js';
import { RestoredStore } from './restored.store.js';
import { SecondStepService } from './second-step.service.js';
import { SecondStepPeople } from './second-step-people.js';
import { SessionsService } from './sessions.service.js';
import { SessionsStore } from './sessions.store.js';
import { SignInService } from './sign-in.service.js';

/**
 * Owns sign-ins: tables `browser_session`, `login`, `login_handle`, `authorization_request`, `authorization_code`,
 * `consent`, `half_sign_in`. Leaves: sessions, logins and codes; their secrets only once, to whoever asked; and logout tokens to clients.
 */
@Module({
  imports: [
    TypeOrmModule.forFeature([
      AuthorizationCode,
      AuthorizationRequest,
      BrowserSession,
      Consent,
      HalfSignIn,
      Login,
      LoginHandle,
    ]),
    AuditModule,
    ClientsModule,
    IdentitiesModule,
    MembershipsModule,
    MfaModule,
    ProjectsModule,
    TokensModule,
  ],
  providers: [
    AuthorizationRequestsService,
    AuthorizationRequestsStore,
    BrowserSignInService,
    CodesService,
    CodesStore,
    ConsentsService,
    ConsentsStore,
    FactorRulesService,
    HalfSignInsStore,
    LoginEndingsService,
    LoginsService,
    LoginsStore,
    LoginPurgesService,
    LogoutNotificationsService,
    OpenLoginsService,
    OpenLoginsStore,
    RestoredService,
    RestoredStore,
    SecondStepPeople,
    SecondStepService,
    SessionsService,
    SessionsStore,
    SignInService,
  ],
  exports: [
    AuthorizationRequestsService,
    BrowserSignInService,
    CodesService,
    ConsentsService,
    FactorRulesService,
    LoginEndingsService,
    LoginsService,
    OpenLoginsService,
    RestoredService,
    SecondStepService,
    SessionsService,
    SignInService,
  ],
})
export class LoginsModule {}
