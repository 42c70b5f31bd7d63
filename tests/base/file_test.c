#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"

#include "tests/help/suite.h"

static char dir[64];
static int dirfd_of_test = -1;

static void make_dir(void)
{
    (void)snprintf(dir, sizeof(dir), "/tmp/sallyport-file-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    dirfd_of_test = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(dirfd_of_test, 0);
}

static void drop_dir(void)
{
    DIR *const d = opendir(dir);

    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            (void)(unlinkat(dirfd_of_test, e->d_name, 0) == 0 ||
                   unlinkat(dirfd_of_test, e->d_name, AT_REMOVEDIR) == 0);
    }
    closedir(d);
    close(dirfd_of_test);
    (void)rmdir(dir);
}

static void put(const char *name, const char *text)
{
    AUTO_FD int fd = openat(dirfd_of_test, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq((int)write(fd, text, strlen(text)), (int)strlen(text));
}

static int entries(void)
{
    DIR *const d = opendir(dir);
    int n = 0;

    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

START_TEST(a_file_is_read_whole_and_never_past_its_limit)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    struct stat st;
    struct err err = ERR_INIT;

    put("f", "12345");
    ck_assert_int_eq(file_read_at(dirfd_of_test, "f", 5, &text, &len, &st, &err), 0);
    ck_assert_uint_eq(len, 5);
    ck_assert_str_eq(text, "12345");
    ck_assert_int_eq((int)st.st_size, 5);

    AUTO_FREE char *more = NULL;
    ck_assert_int_eq(file_read_at(dirfd_of_test, "f", 4, &more, &len, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

START_TEST(links_fifos_and_directories_are_not_read)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    struct err err = ERR_INIT;

    put("f", "x");
    ck_assert_int_eq(symlinkat("f", dirfd_of_test, "link"), 0);
    ck_assert_int_eq(mkfifoat(dirfd_of_test, "fifo", 0600), 0);
    ck_assert_int_eq(file_read_at(dirfd_of_test, "link", 9, &text, &len, NULL, &err), -1);
    ck_assert_int_eq(err.sys, ELOOP);
    ck_assert_int_eq(file_read_at(dirfd_of_test, "fifo", 9, &text, &len, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERR_INVALID);
    ck_assert_int_eq(file_read_at(dirfd_of_test, ".", 9, &text, &len, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERR_INVALID);
    ck_assert_ptr_null(text);
}
END_TEST

START_TEST(a_pipe_is_read_to_its_end_and_never_past_its_limit)
{
    int ends[2];
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    struct err err = ERR_INIT;
    char many[40000];

    memset(many, 'a', sizeof(many));
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    ck_assert_int_eq((int)write(ends[1], many, sizeof(many)), (int)sizeof(many));
    close(ends[1]);
    ck_assert_int_eq(file_read_fd(ends[0], sizeof(many), &text, &len, &err), 0);
    ck_assert_uint_eq(len, sizeof(many));
    ck_assert_int_eq(text[len], '\0');
    close(ends[0]);

    AUTO_FREE char *more = NULL;
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    ck_assert_int_eq((int)write(ends[1], many, sizeof(many)), (int)sizeof(many));
    close(ends[1]);
    ck_assert_int_eq(file_read_fd(ends[0], sizeof(many) - 1, &more, &len, &err), -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
    close(ends[0]);
}
END_TEST

START_TEST(a_replaced_file_keeps_owner_and_mode)
{
    struct stat like, now;
    struct err err = ERR_INIT;

    put("f", "old");
    ck_assert_int_eq(fchmodat(dirfd_of_test, "f", 0640, 0), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(fchownat(dirfd_of_test, "f", 12, 34, 0), 0);
    ck_assert_int_eq(fstatat(dirfd_of_test, "f", &like, 0), 0);
    ck_assert_int_eq(file_replace_at(dirfd_of_test, "f", "new!", 4, &like, 0600, 1, &err), 0);
    ck_assert_int_eq(fstatat(dirfd_of_test, "f", &now, 0), 0);
    ck_assert_uint_eq(now.st_mode, like.st_mode);
    ck_assert_uint_eq(now.st_uid, like.st_uid);
    ck_assert_uint_eq(now.st_gid, like.st_gid);
    ck_assert_uint_ne(now.st_ino, like.st_ino);
    ck_assert_int_eq((int)now.st_size, 4);
    ck_assert_int_eq(entries(), 1);
}
END_TEST

START_TEST(a_path_with_directories_is_replaced_where_it_stands)
{
    char path[128];
    struct stat st;
    struct err err = ERR_INIT;

    (void)snprintf(path, sizeof(path), "%s/sub", dir);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof(path), "%s/sub/f", dir);
    ck_assert_int_eq(file_replace_at(AT_FDCWD, path, "x", 1, NULL, 0604, 0, &err), 0);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0604);
    ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(a_failed_replacement_leaves_the_old_file_and_no_temporary)
{
    struct err err = ERR_INIT;
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    char many[8192] = "";

    put("f", "old");
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){100, 100}), 0);
    ck_assert_int_eq(file_replace_at(dirfd_of_test, "f", many, sizeof(many), NULL, 0600, 1, &err),
                     -1);
    ck_assert_int_eq(err.sys, EFBIG);
    ck_assert_int_eq(entries(), 1);
    ck_assert_int_eq(file_read_at(dirfd_of_test, "f", 9, &text, &len, NULL, &err), 0);
    ck_assert_str_eq(text, "old");
}
END_TEST

START_TEST(only_paths_that_root_alone_can_change_are_believed)
{
    struct err err = ERR_INIT;
    char path[128];

    if (geteuid() != 0)
        return;
    AUTO_FD int good = file_open_trusted("/etc/passwd", O_RDONLY, &err);
    ck_assert_msg(good >= 0, "%s", err.text);

    /* /tmp is sticky and anyone's. */
    put("f", "x");
    (void)snprintf(path, sizeof(path), "%s/f", dir);
    ck_assert_int_eq(file_open_trusted(path, O_RDONLY, &err), -1);
    ck_assert_int_eq(err.code, ERR_TRUST);
    ck_assert_ptr_nonnull(strstr(err.text, "tmp"));

    ck_assert_int_eq(file_open_trusted("etc/passwd", O_RDONLY, &err), -1);
    ck_assert_int_eq(err.code, ERR_TRUST);
    ck_assert_int_eq(file_open_trusted("/etc/no-such-file", O_RDONLY, &err), -1);
    ck_assert_int_eq(err.sys, ENOENT);
}
END_TEST

START_TEST(owners_modes_and_links_on_the_way_are_looked_at)
{
    struct err err = ERR_INIT;
    static const char base[] = "/run/sallyport-file-test";
    static const char file[] = "/run/sallyport-file-test/f";
    static const char link_[] = "/run/sallyport-file-test/l";

    if (geteuid() != 0)
        return;
    (void)unlink(file);
    (void)unlink(link_);
    (void)rmdir(base);
    ck_assert_int_eq(mkdir(base, 0755), 0);
    ck_assert_int_eq(file_replace_at(AT_FDCWD, file, "x", 1, NULL, 0644, 0, &err), 0);
    ck_assert_int_eq(symlink("../sallyport-file-test/f", link_), 0);

    AUTO_FD int plain = file_open_trusted(file, O_RDONLY, &err);
    AUTO_FD int through = file_open_trusted(link_, O_RDONLY, &err);
    ck_assert_msg(plain >= 0 && through >= 0, "%s", err.text);

    ck_assert_int_eq(lchown(link_, 1000, 1000), 0);
    ck_assert_int_eq(file_open_trusted(link_, O_RDONLY, &err), -1);
    ck_assert_int_eq(err.code, ERR_TRUST);
    ck_assert_int_eq(chmod(file, 0664), 0);
    ck_assert_int_eq(file_open_trusted(file, O_RDONLY, &err), -1);
    ck_assert_int_eq(err.code, ERR_TRUST);
    ck_assert_int_eq(chmod(file, 0644), 0);
    ck_assert_int_eq(chown(base, 1000, 0), 0);
    ck_assert_int_eq(file_open_trusted(file, O_RDONLY, &err), -1);
    ck_assert_int_eq(err.code, ERR_TRUST);

    (void)unlink(file);
    (void)unlink(link_);
    (void)rmdir(base);
}
END_TEST

/* Of one directory the way is looked at once; a file's own owner and mode every time. */
START_TEST(files_of_one_believed_directory_share_its_way)
{
    struct err err = ERR_INIT;
    static const char base[] = "/run/sallyport-file-test";
    static const char file[] = "/run/sallyport-file-test/f";
    AUTO_FD int shared = -1;

    if (geteuid() != 0)
        return;
    ck_assert_int_eq(mkdir(base, 0755), 0);
    ck_assert_int_eq(file_replace_at(AT_FDCWD, file, "x", 1, NULL, 0644, 0, &err), 0);

    AUTO_FD int none =
        file_open_trusted_in(&shared, "/run/sallyport-file-test/missing", O_RDONLY, &err);
    ck_assert_int_eq(none, -1);
    ck_assert_int_eq(err.sys, ENOENT);
    ck_assert_int_ge(shared, 0);
    const int kept = shared;
    AUTO_FD int there = file_open_trusted_in(&shared, file, O_RDONLY, &err);
    ck_assert_msg(there >= 0, "%s", err.text);
    ck_assert_int_eq(shared, kept);
    ck_assert_int_eq(chmod(file, 0664), 0);
    ck_assert_int_eq(file_open_trusted_in(&shared, file, O_RDONLY, &err), -1);
    ck_assert_int_eq(err.code, ERR_TRUST);

    /* Not believed: no descriptor stays. */
    AUTO_FD int other = -1;
    ck_assert_int_eq(chmod(base, 0777), 0);
    ck_assert_int_eq(file_open_trusted_in(&other, file, O_RDONLY, &err), -1);
    ck_assert_int_eq(err.code, ERR_TRUST);
    ck_assert_int_eq(other, -1);
    (void)unlink(file);
    (void)rmdir(base);
}
END_TEST

START_TEST(the_name_of_what_a_path_leads_to_is_realpaths)
{
    char path[128], link_[128], want[PATH_MAX], got[PATH_MAX];
    const char *const same[] = {"/", "/proc/self", "/etc/mtab", "/var/run/../run",
                                ".", path,         link_};

    put("f (deleted)", "x");
    (void)snprintf(path, sizeof(path), "%s/f (deleted)", dir);
    (void)snprintf(link_, sizeof(link_), "%s/l", dir);
    ck_assert_int_eq(symlink("f (deleted)", link_), 0);
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        const char *const theirs = realpath(same[i], want);
        const char *const ours = file_real(same[i], got);

        ck_assert_int_eq(theirs != NULL, ours != NULL);
        if (theirs)
            ck_assert_str_eq(ours, theirs);
    }
    ck_assert_ptr_null(file_real("/nonexistent/x", got));
    ck_assert_int_eq(errno, ENOENT);
    /* Standard input of a pipe has no name, and none is made up. */
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
    ck_assert_ptr_null(file_real(path, got));
    (void)close(ends[0]);
    (void)close(ends[1]);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("file");
    TCase *const c = tcase_create("file");

    tcase_add_checked_fixture(c, make_dir, drop_dir);
    tcase_add_test(c, a_file_is_read_whole_and_never_past_its_limit);
    tcase_add_test(c, links_fifos_and_directories_are_not_read);
    tcase_add_test(c, a_pipe_is_read_to_its_end_and_never_past_its_limit);
    tcase_add_test(c, a_replaced_file_keeps_owner_and_mode);
    tcase_add_test(c, a_path_with_directories_is_replaced_where_it_stands);
    tcase_add_test(c, a_failed_replacement_leaves_the_old_file_and_no_temporary);
    tcase_add_test(c, only_paths_that_root_alone_can_change_are_believed);
    tcase_add_test(c, owners_modes_and_links_on_the_way_are_looked_at);
    tcase_add_test(c, files_of_one_believed_directory_share_its_way);
    tcase_add_test(c, the_name_of_what_a_path_leads_to_is_realpaths);
    suite_add_tcase(suite, c);

    return run_suite(suite);
}
