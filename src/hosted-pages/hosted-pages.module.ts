import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.js';
import { AuthGrantsModule } from '../auth-grants/auth-grants.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { EmailModule } from '../email/email.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { LoginsModule } from '../logins/logins.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { AccountView } from './account-view.js';
import { BrowserSessions } from './browser-sessions.js';
import { ChooseProfilePage } from './choose-profile.page.js';
import { ConnectedApps } from './connected-apps.js';
import { ConsentPage } from './consent.page.js';
import { FactorsPage } from './factors.page.js';
import { HomePage } from './home.page.js';
import { InteractionPages } from './interaction-pages.js';
import { LogoutPage } from './logout.page.js';
import { MailboxPage } from './mailbox.page.js';
import { MePage } from './me.page.js';
import { PageErrorFilter } from './page-error.filter.js';
import { PageForms } from './page-forms.js';
import { Pages } from './pages.js';
import { PasswordPage } from './password.page.js';
import { ResetPasswordPage } from './reset-password.page.js';
import { SecondStepPage } from './second-step.page.js';
import { SecondStepView } from './second-step-view.js';
import { SelectAccountPage } from './select-account.page.js';
import { SetPasswordPage } from './set-password.page.js';
import { SetupPage } from './setup.page.js';
import { SignInForm, SignInPage } from './sign-in.page.js';
import { SignInView } from './sign-in-view.js';
import { VerifyEmailPage } from './verify-email.page.js';

/** The server-rendered pages. Owns no table. Leaves: HTML, cookies. */
@Module({
  imports: [
    AccountModule,
    AuthGrantsModule,
    ClientsModule,
    EmailModule,
    IdentitiesModule,
    LoginsModule,
    MembershipsModule,
    ProjectsModule,
    TokensModule,
  ],
  controllers: [
    ChooseProfilePage,
    ConsentPage,
    FactorsPage,
    HomePage,
    LogoutPage,
    MailboxPage,
    MePage,
    PasswordPage,
    SecondStepPage,
    ResetPasswordPage,
    SelectAccountPage,
    SetPasswordPage,
    SetupPage,
    SignInForm,
    SignInPage,
    VerifyEmailPage,
  ],
  providers: [
    AccountView,
    BrowserSessions,
    ConnectedApps,
    InteractionPages,
    PageErrorFilter,
    PageForms,
    Pages,
    SecondStepView,
    SignInView,
  ],
  exports: [PageErrorFilter],
})
export class HostedPagesModule {}
