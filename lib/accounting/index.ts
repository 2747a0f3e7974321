/** Accounting records that must not be lost: the queue on disk, and the order in which they leave it. */
export { Journal, JournalInUseError, type JournalOptions } from './journal.js';
export {
  type AccountingRecord,
  RecordQueue,
  type RecordQueueOptions,
  type SendRecord,
  serverKey,
} from './record-queue.js';
