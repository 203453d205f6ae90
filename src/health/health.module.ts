import { Module } from '@nestjs/common';
import { ApiDescriptionController } from './api-description.controller.js';
import { HealthController } from './health.controller.js';
import { ReadinessService } from './readiness.service.js';

/** Probes, metrics and the description of the API. Owns no table. */
@Module({ controllers: [ApiDescriptionController, HealthController], providers: [ReadinessService] })
export class HealthModule {}
