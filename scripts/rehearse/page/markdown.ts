import MarkdownIt from 'markdown-it';
import sanitize from 'sanitize-html';

const markdown = new MarkdownIt({ html: true, linkify: false });

/** What GitHub's comments may hold beside Markdown, and what Markdown becomes. */
const TAGS = [
  ...[
    'a',
    'blockquote',
    'br',
    'code',
    'del',
    'details',
    'em',
    'h1',
    'h2',
    'h3',
    'h4',
    'hr',
    'li',
    'ol',
    'p',
    'pre',
    's',
  ],
  ...['strong', 'sub', 'summary', 'sup', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul'],
];

/** Markdown of a comment or summary as HTML of which nothing runs or loads: other tags and attributes are dropped. */
export function renderMarkdown(text: string): string {
  return sanitize(markdown.render(text), {
    allowedTags: TAGS,
    allowedAttributes: { a: ['href'] },
    allowedSchemes: ['http', 'https'],
  });
}
