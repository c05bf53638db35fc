import { html, raw } from 'hono/html';

/** A part of a page. */
export type Html = ReturnType<typeof html>;

/** What a page is made of. */
export interface HtmlDocument {
  readonly title: string;
  readonly style: string;
  /** Below the title. */
  readonly header: Html;
  readonly main: Html;
}

/** One HTML page, which loads nothing and runs no script. */
export function renderDocument({ title, style, header, main }: HtmlDocument): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          ${header}
        </header>
        <main>${main}</main>
      </body>
    </html> `;
  if (page instanceof Promise) throw new Error('a template of the page waits for a value');
  return page.toString();
}
