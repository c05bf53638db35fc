/** What became of a message. */
export type WebhookAnswer =
  | { readonly kind: 'answered'; readonly status: number }
  /** No answer in time, or no connection; the reason doesn't name the URL. */
  | { readonly kind: 'unanswered'; readonly reason: string };

/** A receiver of messages. */
export interface Webhook {
  /** Sends a JSON document, and follows no redirect. Never throws. */
  post(url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<WebhookAnswer>;
}
