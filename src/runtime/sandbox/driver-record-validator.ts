import { type Validator, validatorOf } from '../../kernel/schema.ts';
import type { DriverRecord } from './driver-record.ts';
import { driverRecordSchema } from './driver-record-schema.ts';

/** Holds a value to the schema of `driver.json`. The build puts compiled code in place of this file. */
export const validateDriverRecord: Validator<DriverRecord> =
  validatorOf<DriverRecord>(driverRecordSchema);
