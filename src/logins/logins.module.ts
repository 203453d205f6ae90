import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { AuthorizationCode } from './authorization-code.entity.js';
import { AuthorizationRequest } from './authorization-request.entity.js';
import { AuthorizationRequestsService } from './authorization-requests.service.js';
import { AuthorizationRequestsStore } from './authorization-requests.store.js';
import { BrowserSession } from './browser-session.entity.js';
import { CodesService } from './codes.service.js';
import { CodesStore } from './codes.store.js';
import { Consent } from './consent.entity.js';
import { ConsentsService } from './consents.service.js';
import { ConsentsStore } from './consents.store.js';
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
import { SessionsService } from './sessions.service.js';
import { SessionsStore } from './sessions.store.js';
import { SignInService } from './sign-in.service.js';

/**
 * Owns sign-ins: tables `browser_session`, `login`, `login_handle`, `authorization_request`, `authorization_code`,
 * `consent`. Leaves: sessions, logins and codes; their secrets only once, to whoever asked; and logout tokens to clients.
 */
@Module({
  imports: [
    TypeOrmModule.forFeature([
      AuthorizationCode,
      AuthorizationRequest,
      BrowserSession,
      Consent,
      Login,
      LoginHandle,
    ]),
    AuditModule,
    ClientsModule,
    IdentitiesModule,
    TokensModule,
  ],
  providers: [
    AuthorizationRequestsService,
    AuthorizationRequestsStore,
    CodesService,
    CodesStore,
    ConsentsService,
    ConsentsStore,
    LoginEndingsService,
    LoginsService,
    LoginsStore,
    LoginPurgesService,
    LogoutNotificationsService,
    OpenLoginsService,
    OpenLoginsStore,
    RestoredService,
    RestoredStore,
    SessionsService,
    SessionsStore,
    SignInService,
  ],
  exports: [
    AuthorizationRequestsService,
    CodesService,
    ConsentsService,
    LoginEndingsService,
    LoginsService,
    OpenLoginsService,
    RestoredService,
    SessionsService,
    SignInService,
  ],
})
export class LoginsModule {}
