#include "support/test.h"

#include "core/file_search.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = {
    "a/Name.dat",
    "a/Name.run007000_0000-run008299_9999.dat",
    "a/deep/Name.run008000_0010-run008000_0020.dat",
    "a/deep/Name.run5670.dat",
    "a/Name.HLTOnline.run004400_0000-run006999_9999.dat",
    "a/Name.HLTOnline.run7000-run8299.dat",
    "a/Name.2017.dat",
    "a/Other.run9000_0003.dat",
    "a/mapping_2015-06-18.txt",
    "a/.hidden/Name.run1.dat",
    "b/Name.run000001_0000-run000009_9999.dat",
    "b/Other.dat",
    "b/Other.run000001_0000-run000009_0100.dat",
    "b/Strange.run12-13.dat",
    "b/Strange.runner.dat",
};

static const char *make_folders(void)
{
    const char *root = test_folder();
    static const char *const folders[] = {"a", "a/deep", "a/.hidden", "b"};
    char path[256];
    for (size_t i = 0; i < sizeof folders / sizeof *folders; ++i) {
        snprintf(path, sizeof path, "%s/%s", root, folders[i]);
        assert_int_equal(mkdir(path, 0777), 0);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        snprintf(path, sizeof path, "%s/%s", root, names[i]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fclose(file);
    }
    snprintf(path, sizeof path, "%s/a/deep/loop", root);
    assert_int_equal(symlink("..", path), 0);
    return root;
}

static void remove_folders(const char *root)
{
    char command[256];
    snprintf(command, sizeof command, "rm -r '%s'", root);
    assert_int_equal(system(command), 0);
}

static const struct {
    const char *name;
    uint32_t run, burst;
    const char *found; /* below the root, NULL: nothing */
} cases[] = {
    {"Name.dat", 6999, 0, "a/Name.dat"},
    {"Name.dat", 7000, 0, "a/Name.run007000_0000-run008299_9999.dat"},
    {"Name.dat", 8299, 12345, "a/Name.run007000_0000-run008299_9999.dat"},
    {"Name.dat", 8300, 0, "a/Name.dat"},
    {"Name.dat", 8000, 9, "a/Name.run007000_0000-run008299_9999.dat"},
    {"Name.dat", 8000, 10, "a/deep/Name.run008000_0010-run008000_0020.dat"},
    {"Name.dat", 8000, 20, "a/deep/Name.run008000_0010-run008000_0020.dat"},
    {"Name.dat", 8000, 21, "a/Name.run007000_0000-run008299_9999.dat"},
    {"Name.dat", 5670, 1999, "a/deep/Name.run5670.dat"},
    {"Name.dat", 5671, 0, "a/Name.dat"},
    {"Name.dat", 1, 0, "a/Name.dat"}, /* the first folder with any hit */
    {"Name.run5670.dat", 1, 0, "a/deep/Name.run5670.dat"},
    {"Name.HLTOnline.dat", 4399, 9999, NULL},
    {"Name.HLTOnline.dat", 4400, 0, "a/Name.HLTOnline.run004400_0000-run006999_9999.dat"},
    {"Name.HLTOnline.dat", 6999, 1, "a/Name.HLTOnline.run004400_0000-run006999_9999.dat"},
    {"Name.HLTOnline.dat", 7000, 0, "a/Name.HLTOnline.run7000-run8299.dat"},
    {"Name.HLTOnline.dat", 8299, 70000, "a/Name.HLTOnline.run7000-run8299.dat"},
    {"Name.2017.dat", 1, 0, "a/Name.2017.dat"},
    {"Other.dat", 9000, 3, "a/Other.run9000_0003.dat"},
    {"Other.dat", 9000, 4, "b/Other.dat"},
    {"Other.dat", 9, 100, "b/Other.run000001_0000-run000009_0100.dat"},
    {"Other.dat", 9, 101, "b/Other.dat"},
    {"mapping_2015-06-18.txt", 0, 0, "a/mapping_2015-06-18.txt"},
    {"mapping.txt", 0, 0, NULL},
    {"Strange.dat", 12, 0, NULL},
    {"Strange.runner.dat", 12, 0, "b/Strange.runner.dat"},
    {"Nam", 5, 0, NULL},
    {"", 5, 0, NULL},
};

static void finds_by_validity(void **state)
{
    (void)state;

    const char *root = make_folders();
    struct spw_arena arena = {0};
    struct spw_file_search search;
    assert_ok(spw_file_search_open(&search, &arena,
                                   spw_arena_printf(&arena, "%s/a::%s/b", root, root)));
    assert_int_equal(search.count, sizeof names / sizeof *names - 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const char *found =
            spw_file_search_find(&search, cases[i].name, cases[i].run, cases[i].burst);
        if (!cases[i].found) {
            assert_null(found);
            continue;
        }
        assert_non_null(found);
        const char *below = found + strlen(root);
        while (*below == '/') ++below;
        assert_string_equal(below, cases[i].found);
    }
    spw_arena_release(&arena);
    remove_folders(root);
}

static void folder_must_exist(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_file_search search;
    char root[] = "/tmp/spillway-search-XXXXXX", folders[64];
    assert_non_null(mkdtemp(root));
    snprintf(folders, sizeof folders, "%s:/no/such/folder", root);
    assert_int_equal(spw_file_search_open(&search, &arena, folders), SPW_MISSING);
    remove_folders(root);
    assert_string_equal(spw_error_message(),
                        "folder of constants /no/such/folder: No such file or directory");
    assert_int_equal(spw_file_search_open(&search, &arena, "/etc/passwd"), SPW_MISSING);
    spw_arena_release(&arena);
}

static void assert_found(const struct spw_file_search *search,
                         const char *name,
                         uint32_t run,
                         const char *expected)
{
    const char *path = spw_file_search_find(search, name, run, 17);
    if (!expected) {
        assert_null(path);
        return;
    }
    assert_non_null(path);
    assert_string_equal(strrchr(path, '/') + 1, expected);
}

static void real_folders(void **state)
{
    (void)state;
    struct spw_arena arena = {0};
    struct spw_file_search search;
    assert_ok(spw_file_search_open(&search, &arena, test_shared_path("data/na62")));
    assert_true(search.count > 100);
    assert_found(&search, "Spectrometer-MagicT0.HLTOnline.dat", 6999,
                 "Spectrometer-MagicT0.HLTOnline.run004400_0000-run006999_9999.dat");
    assert_found(&search, "Spectrometer-MagicT0.HLTOnline.dat", 7000,
                 "Spectrometer-MagicT0.HLTOnline.run007000_0000-run008299_9999.dat");
    assert_found(&search, "Spectrometer-MagicT0.HLTOnline.dat", 8300,
                 "Spectrometer-MagicT0.HLTOnline.run008300_0000-run009999_9999.dat");
    assert_found(&search, "Spectrometer-MagicT0.HLTOnline.dat", 10000, NULL);
    assert_found(&search, "Spectrometer-ROMezzaninesT0.dat", 5552,
                 "Spectrometer-ROMezzaninesT0.run5552.dat");
    assert_found(&search, "Spectrometer-ROMezzaninesT0.dat", 3809,
                 "Spectrometer-ROMezzaninesT0.run3809_0000-run3809_9999.dat");
    assert_found(&search, "Spectrometer-ROMezzaninesT0.dat", 5553, NULL);
    assert_found(&search, "CHOD-SlewCorr.dat", 7909, NULL);
    assert_found(&search, "CHOD-SlewCorr.dat", 7910,
                 "CHOD-SlewCorr.run007910_0000-run008099_9999.dat");
    assert_found(&search, "CHOD-SlewCorr.dat", 8100, NULL);
    assert_found(&search, "Cedar-SlewingCorr.dat", 8252, "Cedar-SlewingCorr.dat");

    assert_ok(spw_file_search_open(&search, &arena, test_shared_path("data/mice")));
    assert_found(&search, "tofcalibTW_dec2011.txt", 6008, "tofcalibTW_dec2011.txt");
    spw_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_by_validity),
        cmocka_unit_test(folder_must_exist),
        cmocka_unit_test(real_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
