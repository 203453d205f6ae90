import { Controller, Get, Param, UseFilters } from '@nestjs/common';
import { Access } from '../authentication/access.decorator.js';
import { OnBehalfOf } from '../authentication/on-behalf-of.decorator.js';
import { ClientsService } from '../clients/clients.service.js';
import { notFound } from '../kernel/errors.js';
import { parseId } from '../kernel/ids.js';
import { OutcomeFilter } from '../kernel/outcome.filter.js';

/** What a sign-in form may show of its app. */
export interface ClientInfo {
  readonly welcomeString?: string;
  readonly logo?: { readonly url: string };
}

/** `GET /auth/clientinfo/{id}`: what the sign-in form of an app shows (wire-spec section 2.4). */
@OnBehalfOf('ignored')
@Controller('auth')
@UseFilters(OutcomeFilter)
export class ClientInfoController {
  constructor(private readonly clients: ClientsService) {}

  /** @throws AppError `not-found` for a client that is unknown or switched off. */
  @Get('clientinfo/:clientId')
  @Access('public')
  async info(@Param('clientId') clientId: string): Promise<ClientInfo> {
    const id = parseId<'ClientApplication'>(clientId);
    const client = id && (await this.clients.find(id));
    if (!client?.active) throw notFound();
    const { welcomeString, logoUrl } = client;
    return { ...(welcomeString && { welcomeString }), ...(logoUrl && { logo: { url: logoUrl } }) };
  }
}
