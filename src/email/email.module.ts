import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { EmailService } from './email.service.js';
import { EmailDeliveriesStore } from './email-deliveries.store.js';
import { EmailDelivery } from './email-delivery.entity.js';
import { EmailSendWorker } from './email-send.worker.js';
import { EmailSettings } from './email-settings.entity.js';
import { EmailSettingsService } from './email-settings.service.js';
import { EmailSettingsStore } from './email-settings.store.js';
import { EmailTemplate } from './email-template.entity.js';
import { EmailTemplatesService } from './email-templates.service.js';
import { MailTransportService } from './mail-transport.service.js';

/** Owns mail: tables `email_delivery`, `email_settings`, `email_template`. Leaves: mails, and what became of them; never a link or code to anybody else. */
@Module({
  imports: [TypeOrmModule.forFeature([EmailDelivery, EmailSettings, EmailTemplate]), AuditModule],
  providers: [
    EmailDeliveriesStore,
    EmailSendWorker,
    EmailService,
    EmailSettingsService,
    EmailSettingsStore,
    EmailTemplatesService,
    MailTransportService,
  ],
  exports: [EmailService, EmailSettingsService, EmailTemplatesService],
})
export class EmailModule {}
