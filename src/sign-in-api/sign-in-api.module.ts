import { Module } from '@nestjs/common';
import { MethodController } from './method.controller.js';

/** The JSON login API, `/auth/*` (wire-spec sections 2.4 and 4). Owns no table. Leaves: OperationOutcomes and login results. */
@Module({
  controllers: [MethodController],
})
export class SignInApiModule {}
