import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import { Db } from '../kernel/db.js';
import { KeyRotationService } from '../keys/key-rotation.service.js';
import { KeysService } from '../keys/keys.service.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { SigningKeyView, signingKeyView } from './signing-key.view.js';
import {
  RevokeSigningKeyInput,
  RotateSigningKeyInput,
  SigningKeyPayload,
  SigningKeysPayload,
} from './signing-keys.types.js';

/** The signing keys of the server. */
@Resolver(() => SigningKeyView)
export class SigningKeysResolver {
  constructor(
    private readonly db: Db,
    private readonly keys: KeysService,
    private readonly rotation: KeyRotationService,
  ) {}

  @Query(() => [SigningKeyView], { description: 'Every key, oldest first.' })
  @Access('super-admin')
  async signingKeys(): Promise<SigningKeyView[]> {
    return (await this.keys.list()).map(signingKeyView);
  }

  @Mutation(() => SigningKeyPayload, {
    description:
      'Publishes a new key, which signs from a few minutes later on; the one before verifies for another 25 hours. While a new key waits for its time, answers that one.',
  })
  @Access('super-admin')
  async rotateSigningKey(
    @Context() { caller }: GraphqlContext,
    @Args('input') { alg }: RotateSigningKeyInput,
  ): Promise<SigningKeyPayload> {
    const key = await this.db.tx((tx) => this.rotation.rotate(tx, caller.actor, alg));
    return { signingKey: signingKeyView(key) };
  }

  @Mutation(() => SigningKeysPayload, {
    description: 'Emergency: refuses every token of a key from now on, your own included if it signed that.',
  })
  @Access('super-admin')
  async revokeSigningKey(
    @Context() { caller }: GraphqlContext,
    @Args('input') { kid }: RevokeSigningKeyInput,
  ): Promise<SigningKeysPayload> {
    await this.db.tx((tx) => this.rotation.revoke(tx, caller.actor, kid));
    return { signingKeys: await this.signingKeys() };
  }
}
