/* Converts tables from text to Arrow C streams and back: all that a C program needs to pass a book to Plimsoll and to
 * print the results. Copy it into your program; it needs plimsoll.h and the standard library.
 *
 *     struct ArrowArrayStream rows;
 *     text_stream_make("account,asset,amount\nann,USDT,1000\n", &rows);   // every column is text, a blank cell is null
 *     ...
 *     text_stream_print(&flagged, stdout);                                // as CSV; releases the stream
 *
 * A cell can't hold a comma. Functions return 0, or an errno. */
#ifndef PLIMSOLL_EXAMPLES_TEXT_STREAM_H
#define PLIMSOLL_EXAMPLES_TEXT_STREAM_H

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plimsoll/plimsoll.h"

/* ---------------------------------------------------------------------------------------------------- text to Arrow */

/* Memory that a stream, a schema or an array of this file owns. */
struct text_memory {
  char* text;    /* Of a stream: the table, not yet parsed. */
  int was_given; /* The only batch was returned. */
};

/* The cell `column` of a line, and its length; lines end in a line feed or a NUL. */
static inline const char* text_cell(const char* line, int64_t column, size_t* length) {
  while (column > 0 && *line != '\n' && *line != 0) { column -= *line++ == ','; }
  *length = column > 0 ? 0 : strcspn(line, ",\n");
  return line;
}

static inline const char* text_next_line(const char* line) {
  line += strcspn(line, "\n");
  return *line == '\n' ? line + 1 : line;
}

static inline int64_t text_columns(const char* header) {
  int64_t count = 1;
  for (; *header != 0 && *header != '\n'; ++header) { count += *header == ','; }
  return count;
}

static inline void text_release_schema(struct ArrowSchema* schema) {
  int64_t i;
  for (i = 0; i < schema->n_children; ++i) {
    if (schema->children[i] != NULL && schema->children[i]->release != NULL) {
      schema->children[i]->release(schema->children[i]);
    }
    free(schema->children[i]);
  }
  free(schema->children);
  free((void*)schema->name);
  schema->release = NULL;
}

static inline void text_release_array(struct ArrowArray* array) {
  int64_t i;
  for (i = 0; i < array->n_children; ++i) {
    if (array->children[i] != NULL && array->children[i]->release != NULL) {
      array->children[i]->release(array->children[i]);
    }
    free(array->children[i]);
  }
  free(array->children);
  for (i = 0; i < array->n_buffers; ++i) { free((void*)array->buffers[i]); }
  free((void*)array->buffers);
  array->release = NULL;
}

static inline int text_schema(struct ArrowArrayStream* stream, struct ArrowSchema* out) {
  const char* const header = ((struct text_memory*)stream->private_data)->text;
  const int64_t columns = text_columns(header);
  int64_t i;
  memset(out, 0, sizeof *out);
  out->format = "+s";
  out->release = text_release_schema;
  out->children = (struct ArrowSchema**)calloc((size_t)columns, sizeof *out->children);
  if (out->children == NULL) { goto failed; }
  for (i = 0; i < columns; ++i) {
    size_t length;
    const char* const name = text_cell(header, i, &length);
    struct ArrowSchema* const child = (struct ArrowSchema*)calloc(1, sizeof *child);
    if (child == NULL) { goto failed; }
    out->children[out->n_children++] = child;
    child->release = text_release_schema;
    child->format = "u";
    child->flags = ARROW_FLAG_NULLABLE;
    child->name = (char*)calloc(length + 1, 1);
    if (child->name == NULL) { goto failed; }
    memcpy((char*)child->name, name, length);
  }
  return 0;
failed:
  text_release_schema(out);
  return ENOMEM;
}

/* Buffers of a column: validity bits, offsets, bytes. */
static inline int text_fill_column(const char* rows, int64_t count, int64_t column, struct ArrowArray* out) {
  uint8_t* const valid = (uint8_t*)calloc((size_t)count / 8 + 1, 1);
  int32_t* const offsets = (int32_t*)calloc((size_t)count + 1, sizeof *offsets);
  char* const bytes = (char*)malloc(strlen(rows) + 1);
  int64_t row;
  out->buffers[0] = valid;
  out->buffers[1] = offsets;
  out->buffers[2] = bytes;
  if (valid == NULL || offsets == NULL || bytes == NULL) { return ENOMEM; }
  for (row = 0; row < count; ++row, rows = text_next_line(rows)) {
    size_t length;
    const char* const cell = text_cell(rows, column, &length);
    memcpy(bytes + offsets[row], cell, length);
    offsets[row + 1] = offsets[row] + (int32_t)length;
    if (length > 0) {
      valid[row / 8] |= (uint8_t)(1u << (row % 8));
    } else {
      ++out->null_count;
    }
  }
  return 0;
}

static inline int text_next(struct ArrowArrayStream* stream, struct ArrowArray* out) {
  struct text_memory* const held = (struct text_memory*)stream->private_data;
  const char* const rows = text_next_line(held->text);
  const int64_t columns = text_columns(held->text);
  const char* line;
  int64_t count = 0, i;
  memset(out, 0, sizeof *out);
  if (held->was_given) { return 0; } /* A released array marks the end. */
  for (line = rows; *line != 0; line = text_next_line(line)) { ++count; }
  out->release = text_release_array;
  out->length = count;
  out->buffers = (const void**)calloc(1, sizeof *out->buffers);
  out->children = (struct ArrowArray**)calloc((size_t)columns, sizeof *out->children);
  if (out->buffers == NULL || out->children == NULL) { goto failed; }
  out->n_buffers = 1; /* Rows are never null, so there are no validity bits. */
  for (i = 0; i < columns; ++i) {
    struct ArrowArray* const child = (struct ArrowArray*)calloc(1, sizeof *child);
    if (child == NULL) { goto failed; }
    out->children[out->n_children++] = child;
    child->release = text_release_array;
    child->length = count;
    child->buffers = (const void**)calloc(3, sizeof *child->buffers);
    if (child->buffers == NULL) { goto failed; }
    child->n_buffers = 3;
    if (text_fill_column(rows, count, i, child) != 0) { goto failed; }
  }
  held->was_given = 1;
  return 0;
failed:
  text_release_array(out);
  return ENOMEM;
}

static inline const char* text_no_error(struct ArrowArrayStream* stream) {
  (void)stream;
  return NULL;
}

static inline void text_release(struct ArrowArrayStream* stream) {
  struct text_memory* const held = (struct text_memory*)stream->private_data;
  free(held->text);
  free(held);
  stream->release = NULL;
}

/* The table of a text whose first line has the names of its columns. */
static inline int text_stream_make(const char* table, struct ArrowArrayStream* out) {
  struct text_memory* const held = (struct text_memory*)calloc(1, sizeof *held);
  memset(out, 0, sizeof *out);
  if (held == NULL || strlen(table) > INT32_MAX) {
    free(held);
    return ENOMEM;
  }
  held->text = (char*)malloc(strlen(table) + 1);
  if (held->text == NULL) {
    free(held);
    return ENOMEM;
  }
  strcpy(held->text, table);
  out->get_schema = text_schema;
  out->get_next = text_next;
  out->get_last_error = text_no_error;
  out->release = text_release;
  out->private_data = held;
  return 0;
}

/* ---------------------------------------------------------------------------------------------------- Arrow to text */

/* 16 bytes, lowest first, as a decimal number with `scale` digits after the point. */
static inline void text_print_decimal(const unsigned char* bytes, int scale, FILE* to) {
  char digits[64];
  int count = 0, at, less = bytes[15] >= 128;
  unsigned char left[16];
  int more = 1;
  memcpy(left, bytes, sizeof left);
  if (less) { /* Its magnitude: every bit inverted, plus one. */
    int carry = 1;
    for (at = 0; at < 16; ++at) {
      carry += (unsigned char)~left[at];
      left[at] = (unsigned char)carry;
      carry >>= 8;
    }
  }
  while (more || count <= scale) {
    int rest = 0;
    more = 0;
    for (at = 15; at >= 0; --at) {
      rest = rest * 256 + left[at];
      left[at] = (unsigned char)(rest / 10);
      more = more || left[at] != 0;
      rest %= 10;
    }
    digits[count++] = (char)('0' + rest);
  }
  if (less) { fputc('-', to); }
  while (count > 0) {
    fputc(digits[--count], to);
    if (count == scale && scale > 0) { fputc('.', to); }
  }
}

/* One cell. The types are those of Plimsoll's tables: text, decimal128, int64, double, boolean. */
static inline void text_print_cell(const struct ArrowSchema* type, const struct ArrowArray* column, int64_t row,
                                   FILE* to) {
  const int64_t at = row + column->offset;
  const unsigned char* const valid = (const unsigned char*)column->buffers[0];
  if (valid != NULL && (valid[at / 8] >> (at % 8) & 1) == 0) { return; }
  if (strcmp(type->format, "u") == 0) {
    const int32_t* const offsets = (const int32_t*)column->buffers[1];
    fwrite((const char*)column->buffers[2] + offsets[at], 1, (size_t)(offsets[at + 1] - offsets[at]), to);
  } else if (strncmp(type->format, "d:", 2) == 0) {
    text_print_decimal((const unsigned char*)column->buffers[1] + 16 * at, atoi(strchr(type->format, ',') + 1), to);
  } else if (strcmp(type->format, "l") == 0) {
    fprintf(to, "%" PRId64, ((const int64_t*)column->buffers[1])[at]);
  } else if (strcmp(type->format, "g") == 0) {
    fprintf(to, "%.17g", ((const double*)column->buffers[1])[at]);
  } else if (strcmp(type->format, "b") == 0) {
    fputs((((const unsigned char*)column->buffers[1])[at / 8] >> (at % 8) & 1) != 0 ? "true" : "false", to);
  } else {
    fprintf(to, "(%s)", type->format);
  }
}

/* Prints a stream as CSV and releases it. */
static inline int text_stream_print(struct ArrowArrayStream* stream, FILE* to) {
  struct ArrowSchema schema;
  struct ArrowArray batch;
  int failed = stream->get_schema(stream, &schema);
  int64_t column, row;
  if (failed == 0) {
    for (column = 0; column < schema.n_children; ++column) {
      fprintf(to, "%s%s", column == 0 ? "" : ",", schema.children[column]->name);
    }
    fputc('\n', to);
    for (;;) {
      failed = stream->get_next(stream, &batch);
      if (failed != 0 || batch.release == NULL) { break; }
      for (row = 0; row < batch.length; ++row) {
        for (column = 0; column < schema.n_children; ++column) {
          if (column > 0) { fputc(',', to); }
          text_print_cell(schema.children[column], batch.children[column], row, to);
        }
        fputc('\n', to);
      }
      batch.release(&batch);
    }
    schema.release(&schema);
  }
  stream->release(stream);
  return failed;
}

#endif
