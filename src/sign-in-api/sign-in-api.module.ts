import { Module } from '@nestjs/common';
import { DirectoryModule } from '../directory/directory.module.js';
import { LoginsModule } from '../logins/logins.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { MeController } from './me.controller.js';
import { MethodController } from './method.controller.js';
import { OwnLoginsService } from './own-logins.service.js';
import { SessionsController } from './sessions.controller.js';

/** The JSON login API, `/auth/*` (wire-spec sections 2.4 and 4). Owns no table. Leaves: OperationOutcomes and login results. */
@Module({
  imports: [DirectoryModule, LoginsModule, MembershipsModule],
  controllers: [MeController, MethodController, SessionsController],
  providers: [OwnLoginsService],
})
export class SignInApiModule {}
