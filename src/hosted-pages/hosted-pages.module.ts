import { Module } from '@nestjs/common';
import { AccountModule } from '../account/account.module.js';
import { AuthGrantsModule } from '../auth-grants/auth-grants.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { LoginsModule } from '../logins/logins.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { AccountView } from './account-view.js';
import { ChooseProfilePage } from './choose-profile.page.js';
import { ConsentPage } from './consent.page.js';
import { HomePage } from './home.page.js';
import { MePage } from './me.page.js';
import { PageForms } from './page-forms.js';
import { Pages } from './pages.js';
import { SetupPage } from './setup.page.js';
import { SignInPage } from './sign-in.page.js';
import { SignInView } from './sign-in-view.js';

/** The server-rendered pages. Owns no table. Leaves: HTML, cookies. */
@Module({
  imports: [
    AccountModule,
    AuthGrantsModule,
    ClientsModule,
    IdentitiesModule,
    LoginsModule,
    MembershipsModule,
  ],
  controllers: [ChooseProfilePage, ConsentPage, HomePage, MePage, SetupPage, SignInPage],
  providers: [AccountView, PageForms, Pages, SignInView],
})
export class HostedPagesModule {}
