import type { Type } from '@nestjs/common';
import type { Factor } from '../factor.types.js';
import { RecoveryCodeFactor } from './recovery-code.factor.js';
import { TotpFactor } from './totp.factor.js';

/** Every kind of second factor, in the order in which pages offer them. */
export const factors: readonly Type<Factor>[] = [TotpFactor, RecoveryCodeFactor];

/** Under this name the factors of the list are found together. */
export const FACTORS = Symbol('factors');
