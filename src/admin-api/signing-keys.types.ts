import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import type { SigningAlg as Alg } from '../keys/signing-key.entity.js';
import { SigningAlg } from './enums.js';
import { SigningKeyView } from './signing-key.view.js';

@InputType('RotateSigningKeyInput')
export class RotateSigningKeyInput {
  @Field(() => SigningAlg)
  alg: Alg;
}

@InputType('RevokeSigningKeyInput')
export class RevokeSigningKeyInput {
  @Field(() => ID)
  kid: string;
}

@ObjectType('SigningKeyPayload')
export class SigningKeyPayload {
  @Field(() => SigningKeyView)
  signingKey: SigningKeyView;
}

@ObjectType('SigningKeysPayload')
export class SigningKeysPayload {
  @Field(() => [SigningKeyView], { description: 'Every key, as they are now.' })
  signingKeys: SigningKeyView[];
}
