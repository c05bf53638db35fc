import { expect, it } from 'vitest';
import { parseHclBlocks } from './hcl-blocks.ts';

it('reads attributes over several lines, and leaves nested blocks out', () => {
  const [block, ...others] = parseHclBlocks(`
# a comment with a { brace
variable "size" {
  description = "How \\"big\\", as in \${var.unit["}"]}"
  type = object({
    min = number
    max = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.size != null
    error_message = "No } here"
  }
}
`);
  expect(others).toEqual([]);
  expect(block?.type).toBe('variable');
  expect(block?.labels).toEqual(['size']);
  expect([...(block?.attributes ?? [])]).toEqual([
    ['description', '"How \\"big\\", as in ${var.unit["}"]}"'],
    ['type', 'object({\n    min = number\n    max = optional(list(string), [])\n  })'],
    ['default', 'null'],
  ]);
});

it('reads blocks with two labels, one after the other', () => {
  const blocks = parseHclBlocks('resource "a" "b" {\n  count = 1\n}\n\noutput "c" {\n  value = [1, 2]\n}\n');
  expect(blocks.map(({ type, labels }) => [type, ...labels])).toEqual([
    ['resource', 'a', 'b'],
    ['output', 'c'],
  ]);
});

it('says where nothing closes', () => {
  expect(() => parseHclBlocks('variable "a" {\n  default = [1\n}\n')).toThrow('nothing closes the {');
});
