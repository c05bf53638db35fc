import { Problem } from '../errors/problem.ts';

/** Receives the cells of CSV text in order. */
export interface CellSink {
  readonly cell: (text: string) => void;
  /** Called after the last cell of each record. */
  readonly endRecord: () => void;
}

/** Reads CSV text that comes in pieces, cut anywhere. */
export interface CsvReader {
  /** Reads one piece. @throws Problem 400, and what the sink throws */
  readonly read: (piece: string) => void;
  /** Ends the text. @throws Problem 400 if a quoted cell is open, and what the sink throws */
  readonly end: () => void;
}

const comma = 44;
const lineFeed = 10;
const carriageReturn = 13;
const quote = 34;

/**
 * Reads CSV (RFC 4180) as Python's csv module does in its strict mode: records end in LF, CRLF or CR, a quoted cell may
 * hold all of them, and blanks belong to the cell. An empty line is no record; a line with one empty quoted cell is.
 */
export function createCsvReader(sink: CellSink): CsvReader {
  let place: 'start' | 'plain' | 'quoted' | 'after-quote' = 'start';
  /** The part of the cell that earlier pieces had. */
  let begun = '';
  let cells = 0;
  let records = 0;
  let endedWithCarriageReturn = false;

  const endRecord = (): void => {
    cells = 0;
    records++;
    sink.endRecord();
  };
  const emit = (text: string): void => {
    cells++;
    begun = '';
    place = 'start';
    sink.cell(text);
  };
  /** Ends a cell at a separator, or at the end of the text (NaN). */
  const endCell = (text: string, separator: number, isQuoted: boolean): void => {
    const isEmptyLine = separator !== comma && cells === 0 && !isQuoted && text === '';
    if (isEmptyLine) place = 'start';
    else emit(text);
    endedWithCarriageReturn = separator === carriageReturn;
    if (separator !== comma && !isEmptyLine) endRecord();
  };

  const read = (piece: string): void => {
    let position = 0;
    while (position < piece.length) {
      if (place === 'start') {
        const code = piece.charCodeAt(position);
        const isSecondHalf = endedWithCarriageReturn && code === lineFeed;
        endedWithCarriageReturn = false;
        if (isSecondHalf) {
          position++;
          continue;
        }
        place = code === quote ? 'quoted' : 'plain';
        if (code === quote) position++;
      } else if (place === 'plain') {
        let end = position;
        let code = NaN;
        for (; end < piece.length; end++) {
          code = piece.charCodeAt(end);
          if (code === comma || code === lineFeed || code === carriageReturn) break;
        }
        const text = piece.slice(position, end);
        if (end === piece.length) begun += text;
        else endCell(begun === '' ? text : begun + text, code, false);
        position = end + 1;
      } else if (place === 'quoted') {
        const end = piece.indexOf('"', position);
        begun += piece.slice(position, end < 0 ? undefined : end);
        if (end >= 0) place = 'after-quote';
        position = end < 0 ? piece.length : end + 1;
      } else {
        const code = piece.charCodeAt(position++);
        if (code === quote) {
          begun += '"';
          place = 'quoted';
        } else if (code === comma || code === lineFeed || code === carriageReturn) {
          endCell(begun, code, true);
        } else {
          throw new Problem(400, `row ${records} has text after a quoted cell`);
        }
      }
    }
  };

  return {
    read,
    end: () => {
      if (place === 'quoted') throw new Problem(400, `the quoted cell that begins in row ${records} never ends`);
      endCell(begun, NaN, place === 'after-quote');
    },
  };
}
