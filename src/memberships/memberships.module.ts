import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccessPolicyModule } from '../access-policy/access-policy.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { ClientsModule } from '../clients/clients.module.js';
import { DirectoryModule } from '../directory/directory.module.js';
import { EmailModule } from '../email/email.module.js';
import { IdentitiesModule } from '../identities/identities.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { CandidatesService } from './candidates.service.js';
import { ClientRemovalService } from './client-removal.service.js';
import { DefaultAccessPolicy } from './default-access-policy.entity.js';
import { DefaultPoliciesService } from './default-policies.service.js';
import { GrantChecksService } from './grant-checks.service.js';
import { Invitation } from './invitation.entity.js';
import { InvitationMailsService } from './invitation-mails.service.js';
import { InvitationsService } from './invitations.service.js';
import { InvitationsStore } from './invitations.store.js';
import { InvitedProfilesService } from './invited-profiles.service.js';
import { InvitingService } from './inviting.service.js';
import { MemberChecksService } from './member-checks.service.js';
import { MemberPoliciesService } from './member-policies.service.js';
import { MembershipSearchService } from './membership-search.service.js';
import { MembershipsService } from './memberships.service.js';
import { MembershipsStore } from './memberships.store.js';
import { OnboardingService } from './onboarding.service.js';
import { PeopleService } from './people.service.js';
import { PolicyRemovalService } from './policy-removal.service.js';
import { ProjectMembership } from './project-membership.entity.js';
import { UserImportService } from './user-import.service.js';

/**
 * Owns who belongs to which project: tables `project_membership`, `default_access_policy`, `invitation`. Several services, because
 * bringing somebody in touches everything of floor 4 and judging access touches one row.
 */
@Module({
  imports: [
    TypeOrmModule.forFeature([DefaultAccessPolicy, Invitation, ProjectMembership]),
    AccessPolicyModule,
    AuditModule,
    ClientsModule,
    DirectoryModule,
    EmailModule,
    IdentitiesModule,
    ProjectsModule,
  ],
  providers: [
    CandidatesService,
    ClientRemovalService,
    DefaultPoliciesService,
    GrantChecksService,
    InvitationMailsService,
    InvitationsService,
    InvitationsStore,
    InvitedProfilesService,
    InvitingService,
    MemberChecksService,
    MemberPoliciesService,
    MembershipSearchService,
    MembershipsService,
    MembershipsStore,
    OnboardingService,
    PeopleService,
    PolicyRemovalService,
    UserImportService,
  ],
  exports: [
    CandidatesService,
    ClientRemovalService,
    DefaultPoliciesService,
    InvitationsService,
    InvitingService,
    MemberPoliciesService,
    MembershipSearchService,
    MembershipsService,
    OnboardingService,
    PeopleService,
    PolicyRemovalService,
    UserImportService,
  ],
})
export class MembershipsModule {}
