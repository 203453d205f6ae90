import { Field, ID, ObjectType } from '@nestjs/graphql';
import type { SigningKeyView as Key } from '../keys/key-times.js';
import { SigningAlg, SigningKeyState } from './enums.js';

@ObjectType('SigningKey', {
  description: 'A key that tokens are signed with; only its public part is ever shown.',
})
export class SigningKeyView {
  @Field(() => ID, { description: 'JWK thumbprint (RFC 7638).' })
  kid: string;

  @Field(() => SigningAlg)
  alg: Key['alg'];

  @Field(() => SigningKeyState)
  state: Key['state'];

  @Field(() => Date)
  createdAt: Date;

  @Field(() => Date)
  activatesAt: Date;

  @Field(() => Date, { nullable: true })
  retiresAt: Date | null;

  @Field(() => Date, { nullable: true })
  erasesAt: Date | null;

  @Field(() => Date, {
    nullable: true,
    description:
      'When the schedule lets a successor sign; absent when there is one already, or keys are rotated by hand only.',
  })
  rotationDueAt: Date | null;

  @Field(() => String, { description: 'What the state means, in words.' })
  explain: string;
}

const words: Readonly<Record<Key['state'], string>> = {
  pending: 'Published, so that everybody has it in time, but signing nothing yet.',
  active: 'Signs new tokens, and verifies.',
  retiring:
    'Signs nothing any more, its private part is gone; verifies until the last token that it signed has ended.',
  erased: 'Over: it verifies nothing.',
  revoked: 'Withdrawn in an emergency: every token that it signed is refused.',
};

/** What is shown of a key. */
export function signingKeyView(key: Key): SigningKeyView {
  return { ...key, explain: words[key.state] };
}
