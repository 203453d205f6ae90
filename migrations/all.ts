import { Base1764000000000 } from './1764000000000-base.js';
import { Kernel1764000000001 } from './1764000000001-kernel.js';
import { Identity1764000000002 } from './1764000000002-identity.js';
import { Logins1764000000003 } from './1764000000003-logins.js';
import { Audit1764000000004 } from './1764000000004-audit.js';
import { Account1764000000005 } from './1764000000005-account.js';
import { SignInApi1764110000000 } from './1764110000000-sign-in-api.js';
import { ClientKeys1764120000000 } from './1764120000000-client-keys.js';
import { Openid1764130000000 } from './1764130000000-openid.js';
import { Logout1764140000000 } from './1764140000000-logout.js';
import { DirectoryVersions1765170000000 } from './1765170000000-directory-versions.js';
import { DirectorySearch1765175000000 } from './1765175000000-directory-search.js';
import { Smart1765180000000 } from './1765180000000-smart.js';
import { CodeExpiry1765190000000 } from './1765190000000-code-expiry.js';
import { OnBehalfOf1765200000000 } from './1765200000000-on-behalf-of.js';
import { IdentitySearch1765210000000 } from './1765210000000-identity-search.js';
import { ProjectLimits1765220000000 } from './1765220000000-project-limits.js';
import { RowVersions1765225000000 } from './1765225000000-row-versions.js';
import { Email1765230000000 } from './1765230000000-email.js';
import { EmailSettings1765231000000 } from './1765231000000-email-settings.js';
import { OneTimeLinks1765240000000 } from './1765240000000-one-time-links.js';
import { Invitations1765240000001 } from './1765240000001-invitations.js';
import { SecondFactors1765250000000 } from './1765250000000-second-factors.js';

/** Every migration, in the order in which they run. */
export const migrations = [
  Base1764000000000,
  Kernel1764000000001,
  Identity1764000000002,
  Logins1764000000003,
  Audit1764000000004,
  Account1764000000005,
  SignInApi1764110000000,
  ClientKeys1764120000000,
  Openid1764130000000,
  Logout1764140000000,
  DirectoryVersions1765170000000,
  DirectorySearch1765175000000,
  Smart1765180000000,
  CodeExpiry1765190000000,
  OnBehalfOf1765200000000,
  IdentitySearch1765210000000,
  ProjectLimits1765220000000,
  RowVersions1765225000000,
  Email1765230000000,
  EmailSettings1765231000000,
  OneTimeLinks1765240000000,
  Invitations1765240000001,
  SecondFactors1765250000000,
];
