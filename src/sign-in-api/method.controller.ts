import { Controller, HttpCode, Post, Req, UseFilters } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import { OnBehalfOf } from '../authentication/on-behalf-of.decorator.js';
import { readJson } from '../kernel/json-body.js';
import { OutcomeFilter } from '../kernel/outcome.filter.js';
import { readEmail } from './login-input.js';

/** `POST /auth/method`: how the people of a mail domain sign in (wire-spec section 2.4). */
@OnBehalfOf('ignored')
@Controller('auth')
@UseFilters(OutcomeFilter)
export class MethodController {
  /**
   * Nothing means: with a password. The answer depends on the domain only, never on whether the person exists
   * (rulings 37).
   * @throws AppError `email-required`
   */
  @Post('method')
  @HttpCode(200)
  @Access('public')
  method(@Req() request: FastifyRequest): Record<string, never> {
    readEmail(readJson(request));
    return {};
  }
}
