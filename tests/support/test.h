/// What every test includes: cmocka, near-comparisons, seeded random numbers, reference data.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/status.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/// |a - b| <= absolute + relative |b|, with both values in the message.
#define assert_near(a, b, absolute, relative) \
    test_near((a), (b), (absolute), (relative), #a, __FILE__, __LINE__)

/// The status is SPW_OK, else the message is printed.
#define assert_ok(expression) test_ok((expression), #expression, __FILE__, __LINE__)

void test_near(double a,
               double b,
               double absolute,
               double relative,
               const char *text,
               const char *file,
               int line);
void test_ok(enum spw_status status, const char *text, const char *file, int line);

/// Folder of the reference data ("../shared"), or NULL: call skip() after a word to stderr.
const char *test_shared(void);

/// Path below the reference data in a static ring of buffers; skips the test when it is absent.
const char *test_shared_path(const char *below);

/// A fresh folder below the build's temporary folder; removed by the caller.
const char *test_folder(void);

/// Seed of property tests: SPW_SEED or a fixed one; printed.
uint64_t test_seed(void);

/// splitmix64: the next number of a seeded sequence.
uint64_t test_random(uint64_t *state);

/// True under ThreadSanitizer, whose shadow memory hides what is resident.
#if defined(__SANITIZE_THREAD__)
#define TEST_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TEST_UNDER_TSAN 1
#endif
#endif
#ifndef TEST_UNDER_TSAN
#define TEST_UNDER_TSAN 0
#endif
