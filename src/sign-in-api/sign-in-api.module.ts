import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.js';
import { AuthGrantsModule } from '../auth-grants/auth-grants.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { DirectoryModule } from '../directory/directory.module.js';
import { LoginsModule } from '../logins/logins.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { MfaModule } from '../mfa/mfa.module.js';
import { AccountLinksController } from './account-links.controller.js';
import { ChangePasswordController } from './change-password.controller.js';
import { ClientInfoController } from './client-info.controller.js';
import { LoginController } from './login.controller.js';
import { LoginAnswers } from './login-answers.js';
import { MeController } from './me.controller.js';
import { MethodController } from './method.controller.js';
import { MfaController } from './mfa.controller.js';
import { MfaLoginController } from './mfa-login.controller.js';
import { OwnLoginsService } from './own-logins.service.js';
import { SessionsController } from './sessions.controller.js';
import { UnfinishedLoginController } from './unfinished-login.controller.js';

/** The JSON login API, `/auth/*` (wire-spec sections 2.4 and 4). Owns no table. Leaves: OperationOutcomes and login results. */
@Module({
  imports: [
    AccountModule,
    AuthGrantsModule,
    ClientsModule,
    DirectoryModule,
    LoginsModule,
    MembershipsModule,
    MfaModule,
  ],
  controllers: [
    AccountLinksController,
    ChangePasswordController,
    ClientInfoController,
    LoginController,
    MeController,
    MethodController,
    MfaController,
    MfaLoginController,
    SessionsController,
    UnfinishedLoginController,
  ],
  providers: [LoginAnswers, OwnLoginsService],
})
export class SignInApiModule {}
