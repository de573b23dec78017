#include "support/test.h"

#include "core/digest.h"

#include <string.h>
#include <unistd.h>

static const char abc[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char empty[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static struct spw_bytes bytes_of(const char *text)
{
    return (struct spw_bytes){(const uint8_t *)text, strlen(text)};
}

/* The examples of FIPS 180-4. */
static void known_values(void **state)
{
    (void)state;
    char digits[SPW_SHA256_TEXT];
    assert_ok(spw_sha256(digits, bytes_of("abc")));
    assert_string_equal(digits, abc);
    assert_ok(spw_sha256(digits, bytes_of("")));
    assert_string_equal(digits, empty);
}

static void pieces_are_the_whole(void **state)
{
    (void)state;
    char digits[SPW_SHA256_TEXT];
    struct spw_digest digest;
    assert_ok(spw_digest_init(&digest));
    spw_digest_add(&digest, bytes_of("a"));
    spw_digest_add(&digest, bytes_of(""));
    spw_digest_add(&digest, bytes_of("bc"));
    spw_digest_finish(&digest, digits);
    assert_string_equal(digits, abc);
}

static void texts_do_not_run_together(void **state)
{
    (void)state;
    char one[SPW_SHA256_TEXT], other[SPW_SHA256_TEXT];
    struct spw_digest digest;
    assert_ok(spw_digest_init(&digest));
    spw_digest_add_text(&digest, "a");
    spw_digest_add_text(&digest, "bc");
    spw_digest_finish(&digest, one);
    assert_ok(spw_digest_init(&digest));
    spw_digest_add_text(&digest, "ab");
    spw_digest_add_text(&digest, "c");
    spw_digest_finish(&digest, other);
    assert_string_not_equal(one, other);
}

static void files(void **state)
{
    (void)state;
    char digits[SPW_SHA256_TEXT], path[] = "/tmp/spillway-digest-XXXXXX";
    struct spw_digest digest;
    const int file = mkstemp(path);
    assert_int_equal(write(file, "abc", 3), 3);
    close(file);
    assert_ok(spw_digest_init(&digest));
    assert_ok(spw_digest_add_file(&digest, path));
    spw_digest_finish(&digest, digits);
    assert_string_equal(digits, abc);
    unlink(path);
    assert_ok(spw_digest_init(&digest));
    assert_int_equal(spw_digest_add_file(&digest, path), SPW_MISSING);
    spw_digest_finish(&digest, digits);
    assert_string_equal(digits, empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(pieces_are_the_whole),
        cmocka_unit_test(texts_do_not_run_together),
        cmocka_unit_test(files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
