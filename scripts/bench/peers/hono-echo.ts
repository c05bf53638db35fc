import { serve } from '@hono/node-server';
import { Hono } from 'hono';

/** A Hono app without a model: what the framework alone costs. COALESCE=true releases answers once per event-loop turn. */
const coalesce = process.env['COALESCE'] === 'true';
let turn: Promise<void> | undefined;

/** Resolves for all who wait in this turn of the event loop at once, at its end. */
function endOfTurn(): Promise<void> {
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined;
      resolve();
    });
  });
  return turn;
}

const app = new Hono();
app.get('/ping', (context) => context.text('ok'));
app.post('/invocations', async (context) => {
  const body: unknown = await context.req.json();
  if (coalesce) await endOfTurn();
  return context.json(body as object);
});

serve({ fetch: app.fetch, port: Number(process.env['PORT']), hostname: '127.0.0.1' });
