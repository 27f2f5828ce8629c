// BullMQ: enqueue N / 5 no-op jobs in bulk, N others one by one with 64 in flight, and drain these.
// usage: node [--expose-gc] bench.mjs PORT N [concurrency] [keep]   (keep: completed jobs stay in Redis; without it they are removed)
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
const [port, n, concurrency] = [process.argv[2], process.argv[3], process.argv[4] ?? 64].map(Number);
const connection = { port, host: '127.0.0.1', maxRetriesPerRequest: null };
const queue = new Queue('bench', { connection, defaultJobOptions: { removeOnComplete: process.argv[5] !== 'keep' } });
await queue.waitUntilReady();
const redis = new Redis(connection); await redis.flushall();

const seconds = async (f) => { globalThis.gc?.(); const t = performance.now(); await f(); return (performance.now() - t) / 1000; };
const enqueueOneByOne = (n) => Promise.all(Array.from({ length: 64 }, async (_, lane) => {
  for (let i = lane; i < n; i += 64) await queue.add('noop', { i });
}));
const enqueueInBulk = async (n) => {
  for (let i = 0; i < n; i += 1000)
    await queue.addBulk(Array.from({ length: Math.min(1000, n - i) }, (_, k) => ({ name: 'noop', data: { i: i + k } })));
};
const drainAll = (n) => new Promise((resolve) => {
  let done = 0;
  const worker = new Worker('bench', async () => null, { connection, concurrency });
  worker.on('completed', () => { if (++done === n) worker.close().then(resolve); });
});
for (let i = 0; i < 4; i++) {      // a warm-up, the same as ours
  await enqueueOneByOne(5000);
  await enqueueInBulk(10000);
  await drainAll(15000);
  await new Promise((r) => setTimeout(r, 500));
}
await redis.flushall();
const bulk = await seconds(() => enqueueInBulk(n / 5));
await redis.flushall(); await redis.quit();
const one = await seconds(() => enqueueOneByOne(n));
const drain = await seconds(() => drainAll(n));
// latency: an idle worker, one job at a time
const waits = [];
let wake;
const worker = new Worker('bench', async (job) => { waits.push(performance.timeOrigin + performance.now() - job.data.t); wake(); }, { connection, concurrency });
await worker.waitUntilReady();
for (let i = 0; i < 600; i++) {     // the first 300 are a warm-up, as with ours
  const ran = new Promise((r) => { wake = r; });
  await queue.add('ping', { t: performance.timeOrigin + performance.now() });
  await ran;
  await new Promise((r) => setTimeout(r, 5));
}
waits.splice(0, 300);
waits.sort((a, b) => a - b);
console.log(`bullmq-c${concurrency}${process.argv[5] ? '-keep' : ''} enqueue=${(n / one).toFixed(0)}/s bulk=${(n / 5 / bulk).toFixed(0)}/s drain=${(n / drain).toFixed(0)}/s wait p50=${waits[149].toFixed(2)}ms p99=${waits[296].toFixed(2)}ms`);
await worker.close(); await queue.close(); process.exit(0);
