/// A file driver for HDF5 that owns no file and remembers the first failed write.
///
/// HDF5 does not survive a full disk (it fails again when it closes, and may crash). Here a
/// failed write is noted, the rest is swallowed, HDF5 closes in good order, and the caller
/// then sees the error and throws the file away. No locks, so it works where locking does
/// not.
#pragma once

#include <hdf5.h>

#include <stdbool.h>

/// Memory  the caller's; must live until the HDF5 file is closed.
struct spw_hdf5_disk {
    H5FD_t base; ///< HDF5's part; first
    int fd;      ///< open file of the caller
    haddr_t end_of_addresses, end_of_file;
    bool drop; ///< swallow all writes: the file will be thrown away
    int error; ///< errno of the first failed write or read; 0 none
    haddr_t error_byte;
};

/// Makes `access` (a file access list) open `disk` whatever the name. Returns the driver
/// to give to H5FDunregister() once the file is closed, or a negative number.
hid_t spw_hdf5_disk_use(hid_t access, struct spw_hdf5_disk *disk);
