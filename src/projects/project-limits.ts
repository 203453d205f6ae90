import { z } from 'zod';

const mostPerMinute = 100_000_000;
// One write costs 100 points: with less nothing could be written.
const leastFhirPoints = 100;

/** A number a minute, or `null`: the one of the configuration. */
const perMinute = (least: number) =>
  z
    .int('must be a whole number')
    .min(least, `must be at least ${least}`)
    .max(mostPerMinute, `must be at most ${mostPerMinute}`)
    .nullable()
    .default(null);

/**
 * What may be used up of the server in a minute (docs/limits.md). `clientTokens` and `memberFhirPoints` hold for each client or
 * member and are the project's own affair; `projectTokens` and `projectFhirPoints` hold for all of them together and keep
 * projects apart, so only the server's admins set them.
 */
export const projectLimits = z.strictObject({
  clientTokens: perMinute(1),
  memberFhirPoints: perMinute(leastFhirPoints),
  projectTokens: perMinute(1),
  projectFhirPoints: perMinute(leastFhirPoints),
});

/** Those that only the server's admins set. */
export const limitsOfServer = ['projectTokens', 'projectFhirPoints'] as const;

/** The limits of a project; `null` where it has none of its own. */
export type ProjectLimits = Readonly<z.output<typeof projectLimits>>;
/** Some limits, as a caller names them. */
export type ProjectLimitsInput = z.input<typeof projectLimits>;
