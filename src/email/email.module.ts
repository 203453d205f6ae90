import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { EmailService } from './email.service.js';
import { EmailDeliveriesStore } from './email-deliveries.store.js';
import { EmailDelivery } from './email-delivery.entity.js';
import { EmailSendWorker } from './email-send.worker.js';
import { MailTransportService } from './mail-transport.service.js';

/** Owns mail: table `email_delivery`. Leaves: mails, and what became of them; never a link or code to anybody else. */
@Module({
  imports: [TypeOrmModule.forFeature([EmailDelivery]), AuditModule],
  providers: [EmailDeliveriesStore, EmailSendWorker, EmailService, MailTransportService],
  exports: [EmailService],
})
export class EmailModule {}
