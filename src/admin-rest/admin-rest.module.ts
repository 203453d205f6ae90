import { Module } from '@nestjs/common';
import { AuthenticationModule } from '../authentication/authentication.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { InviteController } from './invite.controller.js';

/** The REST admin routes of the wire spec, `/admin/*` (section 2.7), over the services of the GraphQL API. Owns no table. */
@Module({
  imports: [AuthenticationModule, IdentitiesModule, MembershipsModule, ProjectsModule],
  controllers: [InviteController],
})
export class AdminRestModule {}
