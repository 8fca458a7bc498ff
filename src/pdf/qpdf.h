/* qpdf's C functions, opened when first needed. Owner of qpdf's header; for second*.c, which only
 * read, and repair.c. */
#ifndef PDF_QPDF_H
#define PDF_QPDF_H

#include "base/compiler.h"
#include <pades/error.h>
#include <qpdf/qpdf-c.h>

/* The functions used: their types are those of the header the build saw. */
#define QPDF_FUNCTIONS(X)                                                                          \
    X(get_qpdf_version)                                                                            \
    X(init)                                                                                        \
    X(cleanup)                                                                                     \
    X(silence_errors)                                                                              \
    X(set_suppress_warnings)                                                                       \
    X(set_attempt_recovery)                                                                        \
    X(read)                                                                                        \
    X(read_memory)                                                                                 \
    X(has_error)                                                                                   \
    X(get_error)                                                                                   \
    X(more_warnings)                                                                               \
    X(next_warning)                                                                                \
    X(get_error_message_detail)                                                                    \
    X(get_error_code)                                                                              \
    X(get_error_file_position)                                                                     \
    X(is_encrypted)                                                                                \
    X(init_write)                                                                                  \
    X(set_object_stream_mode)                                                                      \
    X(set_preserve_encryption)                                                                     \
    X(set_stream_data_mode)                                                                        \
    X(set_decode_level)                                                                            \
    X(set_compress_streams)                                                                        \
    X(write)                                                                                       \
    X(get_last_string_length)                                                                      \
    X(get_trailer)                                                                                 \
    X(get_object_by_id)                                                                            \
    X(oh_get_type_code)                                                                            \
    X(oh_is_indirect)                                                                              \
    X(oh_is_stream)                                                                                \
    X(oh_get_object_id)                                                                            \
    X(oh_get_generation)                                                                           \
    X(oh_get_bool_value)                                                                           \
    X(oh_get_int_value)                                                                            \
    X(oh_get_real_value)                                                                           \
    X(oh_get_name)                                                                                 \
    X(oh_get_binary_string_value)                                                                  \
    X(oh_get_array_n_items)                                                                        \
    X(oh_get_array_item)                                                                           \
    X(oh_begin_dict_key_iter)                                                                      \
    X(oh_dict_more_keys)                                                                           \
    X(oh_dict_next_key)                                                                            \
    X(oh_get_key)                                                                                  \
    X(oh_remove_key)                                                                               \
    X(oh_get_dict)                                                                                 \
    X(oh_release)

typedef struct qpdf_functions {
#define QPDF_MEMBER(name) __typeof__(qpdf_##name) *name;
    QPDF_FUNCTIONS(QPDF_MEMBER)
#undef QPDF_MEMBER
} qpdf_functions;

/* The functions, opened on the first call from any thread; NULL with an error when the library
 * cannot be opened. */
const qpdf_functions *qpdf_open(pades_error **e);

#endif
