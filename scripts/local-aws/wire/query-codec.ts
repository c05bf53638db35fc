import { shapeOf, type ApiModel } from '../api-models/api-model.ts';
import { isRecord } from './validate.ts';

/** The members of a query-protocol form ("Alarms.member.1.Name=…") as JSON values that decodeValue accepts. */
export function decodeQuery(model: ApiModel, shapeName: string, form: URLSearchParams, prefix = ''): unknown {
  const shape = shapeOf(model, shapeName);
  const under = (name: string) => (prefix === '' ? name : `${prefix}.${name}`);
  const has = (name: string) => form.has(name) || [...form.keys()].some((key) => key.startsWith(`${name}.`));
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(
        Object.entries(shape.members ?? {}).flatMap(([name, reference]) =>
          has(under(name)) ? [[name, decodeQuery(model, reference.shape, form, under(name))]] : [],
        ),
      );
    case 'list': {
      const elements: unknown[] = [];
      for (let index = 1; has(`${prefix}.member.${index}`); index += 1) {
        elements.push(decodeQuery(model, shape.member?.shape ?? '', form, `${prefix}.member.${index}`));
      }
      return elements;
    }
    case 'map': {
      const entries: [string, unknown][] = [];
      for (let index = 1; has(`${prefix}.entry.${index}`); index += 1) {
        const key = form.get(`${prefix}.entry.${index}.key`) ?? '';
        entries.push([key, decodeQuery(model, shape.value?.shape ?? '', form, `${prefix}.entry.${index}.value`)]);
      }
      return Object.fromEntries(entries);
    }
    case 'boolean': {
      const text = form.get(prefix) ?? '';
      return text === 'true' ? true : text === 'false' ? false : text;
    }
    case 'integer':
    case 'long':
    case 'float':
    case 'double': {
      const text = form.get(prefix) ?? '';
      return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    }
    case 'string':
    case 'blob':
    case 'timestamp':
      return form.get(prefix) ?? '';
  }
}

/** The XML document of a query-protocol answer. */
export function renderQueryResponse(
  xmlNamespace: string,
  operation: string,
  resultWrapper: string | undefined,
  result: unknown,
  requestId: string,
): string {
  const body = renderXml(result);
  const wrapped = resultWrapper === undefined ? body : `<${resultWrapper}>${body}</${resultWrapper}>`;
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  return `<${operation}Response xmlns="${xmlNamespace}">${wrapped}${metadata}</${operation}Response>`;
}

/** The XML document of a query-protocol error. */
export function renderQueryError(code: string, message: string, fault: string, requestId: string): string {
  const error = `<Type>${fault}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
  return `<ErrorResponse><Error>${error}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}

function renderXml(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map((element) => `<member>${renderXml(element)}</member>`).join('');
  if (isRecord(value)) {
    return Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => `<${name}>${renderXml(member)}</${name}>`)
      .join('');
  }
  return escapeXml(String(value));
}

const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
