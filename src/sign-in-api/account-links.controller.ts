import { Controller, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AddressLinksService } from '../account/address-links.service.js';
import { type PasswordLinkFault, PasswordLinksService } from '../account/password-links.service.js';
import { ResetPasswordService } from '../account/reset-password.service.js';
import { SignInTraffic } from '../auth-grants/sign-in-traffic.js';
import { Access } from '../authentication/access.decorator.js';
import { passwordRefused } from '../identities/identities.errors.js';
import { type Actor, anonymousActor } from '../kernel/actor.js';
import { type AppError, notFound } from '../kernel/errors.js';
import { parseId } from '../kernel/ids.js';
import { type JsonBody, readJson } from '../kernel/json-body.js';
import { allOk, outcomeType } from '../kernel/operation-outcome.js';
import { OutcomeFilter } from '../kernel/outcome.filter.js';
import { RequestContexts } from '../kernel/request-context.js';
import { readEmail, readProject } from './login-input.js';
import {
  linkExpired,
  linkIdInvalid,
  linkOfOtherType,
  linkSecretMissing,
  linkSecretWrong,
  linkUsed,
  passwordMissing,
} from './sign-in-api.errors.js';

/**
 * `POST /auth/resetpassword`, `setpassword`, `verifyemail` (wire-spec section 2.5): for apps that have pages of their own for
 * what mailed links open.
 */
@Controller('auth')
@UseFilters(OutcomeFilter)
export class AccountLinksController {
  constructor(
    private readonly resets: ResetPasswordService,
    private readonly passwords: PasswordLinksService,
    private readonly addresses: AddressLinksService,
    private readonly traffic: SignInTraffic,
    private readonly contexts: RequestContexts,
  ) {}

  /** The answer is the same whether somebody has the address or not. Without a project server-scoped users are meant. */
  @Post('resetpassword')
  @HttpCode(200)
  @Access('public')
  async reset(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const body = readJson(request);
    const email = readEmail(body);
    const projectId = readProject(body);
    const sends = body.choice('sendEmail') ?? true;
    await this.traffic.take(request);
    // Nobody but the address learns a link (rulings 23): without a mail there is nothing to do.
    if (sends) await this.resets.ask(this.actor(request), { email, projectId, orServerScoped: false });
    reply.header('content-type', outcomeType).send(allOk);
  }

  /** @throws AppError what is wrong with the link, in the words of the wire; `password-refused` with the reason */
  @Post('setpassword')
  @HttpCode(200)
  @Access('public')
  async set(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const body = readJson(request);
    const { id, secret } = readLink(body);
    const password = body.text('password');
    if (password === undefined) throw passwordMissing({ field: 'password' });
    await this.traffic.take(request);
    const result = await this.passwords.setPassword(this.actor(request), id, secret, password);
    if (!result.ok) {
      if (result.fault !== 'password') throw faultError(result.fault);
      throw passwordRefused({ sentence: result.sentence, field: 'password' });
    }
    reply.header('content-type', outcomeType).send(allOk);
  }

  /** @throws AppError what is wrong with the link, in the words of the wire */
  @Post('verifyemail')
  @HttpCode(200)
  @Access('public')
  async verify(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { id, secret } = readLink(readJson(request));
    const fault = await this.addresses.verify(this.actor(request), id, secret);
    if (fault) throw faultError(fault);
    reply.header('content-type', outcomeType).send(allOk);
  }

  private actor(request: FastifyRequest): Actor {
    return anonymousActor(this.contexts.of(request));
  }
}

function readLink(body: JsonBody): { readonly id: string; readonly secret: string } {
  const id = parseId(body.text('id'));
  if (!id) throw linkIdInvalid({ field: 'id' });
  const secret = body.text('secret');
  if (secret === undefined) throw linkSecretMissing({ field: 'secret' });
  return { id, secret };
}

function faultError(fault: PasswordLinkFault): AppError {
  switch (fault) {
    case 'unknown':
      return notFound();
    case 'wrong':
      return linkSecretWrong();
    case 'used':
      return linkUsed();
    case 'expired':
      return linkExpired();
    case 'purpose':
      return linkOfOtherType();
  }
}
