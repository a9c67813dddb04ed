import type { HistoryCheck } from './contract.ts';
import { historyBank } from './history-bank.ts';
import { historyLog } from './history-log.ts';
import { historyRegister } from './history-register.ts';

/** Every check of client histories, in the order of reports. */
export const HISTORY_CHECKS: readonly HistoryCheck[] = [historyRegister, historyLog, historyBank];
