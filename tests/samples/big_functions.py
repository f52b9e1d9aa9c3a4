"""Functions long enough for jumps and constants beyond 255 (EXTENDED_ARG)."""


def big(n, skip):
    x = 0  # hits: 1
    for i in range(n):  # hits: 6
        if i == skip:  # hits: 5
            continue  # hits: 1
        x += i * 1000.5  # hits: 4
        x += i * 1001.5  # hits: 4
        x += i * 1002.5  # hits: 4
        x += i * 1003.5  # hits: 4
        x += i * 1004.5  # hits: 4
        x += i * 1005.5  # hits: 4
        x += i * 1006.5  # hits: 4
        x += i * 1007.5  # hits: 4
        x += i * 1008.5  # hits: 4
        x += i * 1009.5  # hits: 4
        x += i * 1010.5  # hits: 4
        x += i * 1011.5  # hits: 4
        x += i * 1012.5  # hits: 4
        x += i * 1013.5  # hits: 4
        x += i * 1014.5  # hits: 4
        x += i * 1015.5  # hits: 4
        x += i * 1016.5  # hits: 4
        x += i * 1017.5  # hits: 4
        x += i * 1018.5  # hits: 4
        x += i * 1019.5  # hits: 4
        x += i * 1020.5  # hits: 4
        x += i * 1021.5  # hits: 4
        x += i * 1022.5  # hits: 4
        x += i * 1023.5  # hits: 4
        x += i * 1024.5  # hits: 4
        x += i * 1025.5  # hits: 4
        x += i * 1026.5  # hits: 4
        x += i * 1027.5  # hits: 4
        x += i * 1028.5  # hits: 4
        x += i * 1029.5  # hits: 4
        x += i * 1030.5  # hits: 4
        x += i * 1031.5  # hits: 4
        x += i * 1032.5  # hits: 4
        x += i * 1033.5  # hits: 4
        x += i * 1034.5  # hits: 4
        x += i * 1035.5  # hits: 4
        x += i * 1036.5  # hits: 4
        x += i * 1037.5  # hits: 4
        x += i * 1038.5  # hits: 4
        x += i * 1039.5  # hits: 4
        x += i * 1040.5  # hits: 4
        x += i * 1041.5  # hits: 4
        x += i * 1042.5  # hits: 4
        x += i * 1043.5  # hits: 4
        x += i * 1044.5  # hits: 4
        x += i * 1045.5  # hits: 4
        x += i * 1046.5  # hits: 4
        x += i * 1047.5  # hits: 4
        x += i * 1048.5  # hits: 4
        x += i * 1049.5  # hits: 4
        x += i * 1050.5  # hits: 4
        x += i * 1051.5  # hits: 4
        x += i * 1052.5  # hits: 4
        x += i * 1053.5  # hits: 4
        x += i * 1054.5  # hits: 4
        x += i * 1055.5  # hits: 4
        x += i * 1056.5  # hits: 4
        x += i * 1057.5  # hits: 4
        x += i * 1058.5  # hits: 4
        x += i * 1059.5  # hits: 4
        x += i * 1060.5  # hits: 4
        x += i * 1061.5  # hits: 4
        x += i * 1062.5  # hits: 4
        x += i * 1063.5  # hits: 4
        x += i * 1064.5  # hits: 4
        x += i * 1065.5  # hits: 4
        x += i * 1066.5  # hits: 4
        x += i * 1067.5  # hits: 4
        x += i * 1068.5  # hits: 4
        x += i * 1069.5  # hits: 4
        x += i * 1070.5  # hits: 4
        x += i * 1071.5  # hits: 4
        x += i * 1072.5  # hits: 4
        x += i * 1073.5  # hits: 4
        x += i * 1074.5  # hits: 4
        x += i * 1075.5  # hits: 4
        x += i * 1076.5  # hits: 4
        x += i * 1077.5  # hits: 4
        x += i * 1078.5  # hits: 4
        x += i * 1079.5  # hits: 4
        x += i * 1080.5  # hits: 4
        x += i * 1081.5  # hits: 4
        x += i * 1082.5  # hits: 4
        x += i * 1083.5  # hits: 4
        x += i * 1084.5  # hits: 4
        x += i * 1085.5  # hits: 4
        x += i * 1086.5  # hits: 4
        x += i * 1087.5  # hits: 4
        x += i * 1088.5  # hits: 4
        x += i * 1089.5  # hits: 4
        x += i * 1090.5  # hits: 4
        x += i * 1091.5  # hits: 4
        x += i * 1092.5  # hits: 4
        x += i * 1093.5  # hits: 4
        x += i * 1094.5  # hits: 4
        x += i * 1095.5  # hits: 4
        x += i * 1096.5  # hits: 4
        x += i * 1097.5  # hits: 4
        x += i * 1098.5  # hits: 4
        x += i * 1099.5  # hits: 4
        x += i * 1100.5  # hits: 4
        x += i * 1101.5  # hits: 4
        x += i * 1102.5  # hits: 4
        x += i * 1103.5  # hits: 4
        x += i * 1104.5  # hits: 4
        x += i * 1105.5  # hits: 4
        x += i * 1106.5  # hits: 4
        x += i * 1107.5  # hits: 4
        x += i * 1108.5  # hits: 4
        x += i * 1109.5  # hits: 4
        x += i * 1110.5  # hits: 4
        x += i * 1111.5  # hits: 4
        x += i * 1112.5  # hits: 4
        x += i * 1113.5  # hits: 4
        x += i * 1114.5  # hits: 4
        x += i * 1115.5  # hits: 4
        x += i * 1116.5  # hits: 4
        x += i * 1117.5  # hits: 4
        x += i * 1118.5  # hits: 4
        x += i * 1119.5  # hits: 4
        x += i * 1120.5  # hits: 4
        x += i * 1121.5  # hits: 4
        x += i * 1122.5  # hits: 4
        x += i * 1123.5  # hits: 4
        x += i * 1124.5  # hits: 4
        x += i * 1125.5  # hits: 4
        x += i * 1126.5  # hits: 4
        x += i * 1127.5  # hits: 4
        x += i * 1128.5  # hits: 4
        x += i * 1129.5  # hits: 4
        x += i * 1130.5  # hits: 4
        x += i * 1131.5  # hits: 4
        x += i * 1132.5  # hits: 4
        x += i * 1133.5  # hits: 4
        x += i * 1134.5  # hits: 4
        x += i * 1135.5  # hits: 4
        x += i * 1136.5  # hits: 4
        x += i * 1137.5  # hits: 4
        x += i * 1138.5  # hits: 4
        x += i * 1139.5  # hits: 4
        x += i * 1140.5  # hits: 4
        x += i * 1141.5  # hits: 4
        x += i * 1142.5  # hits: 4
        x += i * 1143.5  # hits: 4
        x += i * 1144.5  # hits: 4
        x += i * 1145.5  # hits: 4
        x += i * 1146.5  # hits: 4
        x += i * 1147.5  # hits: 4
        x += i * 1148.5  # hits: 4
        x += i * 1149.5  # hits: 4
    return x  # hits: 1


def big_while(n):
    x = 0  # hits: 2
    while n > 0 or x < 0:  # hits: 6
        n -= 1  # hits: 5
        x += n if n > 0 else 300  # hits: 5
        x += n if n > 1 else 301  # hits: 5
        x += n if n > 2 else 302  # hits: 5
        x += n if n > 3 else 303  # hits: 5
        x += n if n > 4 else 304  # hits: 5
        x += n if n > 5 else 305  # hits: 5
        x += n if n > 6 else 306  # hits: 5
        x += n if n > 7 else 307  # hits: 5
        x += n if n > 8 else 308  # hits: 5
        x += n if n > 9 else 309  # hits: 5
        x += n if n > 10 else 310  # hits: 5
        x += n if n > 11 else 311  # hits: 5
        x += n if n > 12 else 312  # hits: 5
        x += n if n > 13 else 313  # hits: 5
        x += n if n > 14 else 314  # hits: 5
        x += n if n > 15 else 315  # hits: 5
        x += n if n > 16 else 316  # hits: 5
        x += n if n > 17 else 317  # hits: 5
        x += n if n > 18 else 318  # hits: 5
        x += n if n > 19 else 319  # hits: 5
        x += n if n > 20 else 320  # hits: 5
        x += n if n > 21 else 321  # hits: 5
        x += n if n > 22 else 322  # hits: 5
        x += n if n > 23 else 323  # hits: 5
        x += n if n > 24 else 324  # hits: 5
        x += n if n > 25 else 325  # hits: 5
        x += n if n > 26 else 326  # hits: 5
        x += n if n > 27 else 327  # hits: 5
        x += n if n > 28 else 328  # hits: 5
        x += n if n > 29 else 329  # hits: 5
        x += n if n > 30 else 330  # hits: 5
        x += n if n > 31 else 331  # hits: 5
        x += n if n > 32 else 332  # hits: 5
        x += n if n > 33 else 333  # hits: 5
        x += n if n > 34 else 334  # hits: 5
        x += n if n > 35 else 335  # hits: 5
        x += n if n > 36 else 336  # hits: 5
        x += n if n > 37 else 337  # hits: 5
        x += n if n > 38 else 338  # hits: 5
        x += n if n > 39 else 339  # hits: 5
        x += n if n > 40 else 340  # hits: 5
        x += n if n > 41 else 341  # hits: 5
        x += n if n > 42 else 342  # hits: 5
        x += n if n > 43 else 343  # hits: 5
        x += n if n > 44 else 344  # hits: 5
        x += n if n > 45 else 345  # hits: 5
        x += n if n > 46 else 346  # hits: 5
        x += n if n > 47 else 347  # hits: 5
        x += n if n > 48 else 348  # hits: 5
        x += n if n > 49 else 349  # hits: 5
        x += n if n > 50 else 350  # hits: 5
        x += n if n > 51 else 351  # hits: 5
        x += n if n > 52 else 352  # hits: 5
        x += n if n > 53 else 353  # hits: 5
        x += n if n > 54 else 354  # hits: 5
        x += n if n > 55 else 355  # hits: 5
        x += n if n > 56 else 356  # hits: 5
        x += n if n > 57 else 357  # hits: 5
        x += n if n > 58 else 358  # hits: 5
        x += n if n > 59 else 359  # hits: 5
        if n == 3:  # hits: 5
            break  # hits: 1
    else:
        x = -x  # hits: 1
    return x  # hits: 2


def big_try(n):
    out = []  # hits: 2
    try:  # hits: 2
        out.append(10 // n)  # hits: 2
        v0 = 400  # hits: 1
        v1 = 401  # hits: 1
        v2 = 402  # hits: 1
        v3 = 403  # hits: 1
        v4 = 404  # hits: 1
        v5 = 405  # hits: 1
        v6 = 406  # hits: 1
        v7 = 407  # hits: 1
        v8 = 408  # hits: 1
        v9 = 409  # hits: 1
        v10 = 410  # hits: 1
        v11 = 411  # hits: 1
        v12 = 412  # hits: 1
        v13 = 413  # hits: 1
        v14 = 414  # hits: 1
        v15 = 415  # hits: 1
        v16 = 416  # hits: 1
        v17 = 417  # hits: 1
        v18 = 418  # hits: 1
        v19 = 419  # hits: 1
        v20 = 420  # hits: 1
        v21 = 421  # hits: 1
        v22 = 422  # hits: 1
        v23 = 423  # hits: 1
        v24 = 424  # hits: 1
        v25 = 425  # hits: 1
        v26 = 426  # hits: 1
        v27 = 427  # hits: 1
        v28 = 428  # hits: 1
        v29 = 429  # hits: 1
        v30 = 430  # hits: 1
        v31 = 431  # hits: 1
        v32 = 432  # hits: 1
        v33 = 433  # hits: 1
        v34 = 434  # hits: 1
        v35 = 435  # hits: 1
        v36 = 436  # hits: 1
        v37 = 437  # hits: 1
        v38 = 438  # hits: 1
        v39 = 439  # hits: 1
        v40 = 440  # hits: 1
        v41 = 441  # hits: 1
        v42 = 442  # hits: 1
        v43 = 443  # hits: 1
        v44 = 444  # hits: 1
        v45 = 445  # hits: 1
        v46 = 446  # hits: 1
        v47 = 447  # hits: 1
        v48 = 448  # hits: 1
        v49 = 449  # hits: 1
        v50 = 450  # hits: 1
        v51 = 451  # hits: 1
        v52 = 452  # hits: 1
        v53 = 453  # hits: 1
        v54 = 454  # hits: 1
        v55 = 455  # hits: 1
        v56 = 456  # hits: 1
        v57 = 457  # hits: 1
        v58 = 458  # hits: 1
        v59 = 459  # hits: 1
        v60 = 460  # hits: 1
        v61 = 461  # hits: 1
        v62 = 462  # hits: 1
        v63 = 463  # hits: 1
        v64 = 464  # hits: 1
        v65 = 465  # hits: 1
        v66 = 466  # hits: 1
        v67 = 467  # hits: 1
        v68 = 468  # hits: 1
        v69 = 469  # hits: 1
        v70 = 470  # hits: 1
        v71 = 471  # hits: 1
        v72 = 472  # hits: 1
        v73 = 473  # hits: 1
        v74 = 474  # hits: 1
        v75 = 475  # hits: 1
        v76 = 476  # hits: 1
        v77 = 477  # hits: 1
        v78 = 478  # hits: 1
        v79 = 479  # hits: 1
        v80 = 480  # hits: 1
        v81 = 481  # hits: 1
        v82 = 482  # hits: 1
        v83 = 483  # hits: 1
        v84 = 484  # hits: 1
        v85 = 485  # hits: 1
        v86 = 486  # hits: 1
        v87 = 487  # hits: 1
        v88 = 488  # hits: 1
        v89 = 489  # hits: 1
        v90 = 490  # hits: 1
        v91 = 491  # hits: 1
        v92 = 492  # hits: 1
        v93 = 493  # hits: 1
        v94 = 494  # hits: 1
        v95 = 495  # hits: 1
        v96 = 496  # hits: 1
        v97 = 497  # hits: 1
        v98 = 498  # hits: 1
        v99 = 499  # hits: 1
        v100 = 500  # hits: 1
        v101 = 501  # hits: 1
        v102 = 502  # hits: 1
        v103 = 503  # hits: 1
        v104 = 504  # hits: 1
        v105 = 505  # hits: 1
        v106 = 506  # hits: 1
        v107 = 507  # hits: 1
        v108 = 508  # hits: 1
        v109 = 509  # hits: 1
        v110 = 510  # hits: 1
        v111 = 511  # hits: 1
        v112 = 512  # hits: 1
        v113 = 513  # hits: 1
        v114 = 514  # hits: 1
        v115 = 515  # hits: 1
        v116 = 516  # hits: 1
        v117 = 517  # hits: 1
        v118 = 518  # hits: 1
        v119 = 519  # hits: 1
        v120 = 520  # hits: 1
        v121 = 521  # hits: 1
        v122 = 522  # hits: 1
        v123 = 523  # hits: 1
        v124 = 524  # hits: 1
        v125 = 525  # hits: 1
        v126 = 526  # hits: 1
        v127 = 527  # hits: 1
        v128 = 528  # hits: 1
        v129 = 529  # hits: 1
    except ZeroDivisionError as error:  # hits: 1
        v0 = 600  # hits: 1
        v1 = 601  # hits: 1
        v2 = 602  # hits: 1
        v3 = 603  # hits: 1
        v4 = 604  # hits: 1
        v5 = 605  # hits: 1
        v6 = 606  # hits: 1
        v7 = 607  # hits: 1
        v8 = 608  # hits: 1
        v9 = 609  # hits: 1
        v10 = 610  # hits: 1
        v11 = 611  # hits: 1
        v12 = 612  # hits: 1
        v13 = 613  # hits: 1
        v14 = 614  # hits: 1
        v15 = 615  # hits: 1
        v16 = 616  # hits: 1
        v17 = 617  # hits: 1
        v18 = 618  # hits: 1
        v19 = 619  # hits: 1
        v20 = 620  # hits: 1
        v21 = 621  # hits: 1
        v22 = 622  # hits: 1
        v23 = 623  # hits: 1
        v24 = 624  # hits: 1
        v25 = 625  # hits: 1
        v26 = 626  # hits: 1
        v27 = 627  # hits: 1
        v28 = 628  # hits: 1
        v29 = 629  # hits: 1
        v30 = 630  # hits: 1
        v31 = 631  # hits: 1
        v32 = 632  # hits: 1
        v33 = 633  # hits: 1
        v34 = 634  # hits: 1
        v35 = 635  # hits: 1
        v36 = 636  # hits: 1
        v37 = 637  # hits: 1
        v38 = 638  # hits: 1
        v39 = 639  # hits: 1
        v40 = 640  # hits: 1
        v41 = 641  # hits: 1
        v42 = 642  # hits: 1
        v43 = 643  # hits: 1
        v44 = 644  # hits: 1
        v45 = 645  # hits: 1
        v46 = 646  # hits: 1
        v47 = 647  # hits: 1
        v48 = 648  # hits: 1
        v49 = 649  # hits: 1
        v50 = 650  # hits: 1
        v51 = 651  # hits: 1
        v52 = 652  # hits: 1
        v53 = 653  # hits: 1
        v54 = 654  # hits: 1
        v55 = 655  # hits: 1
        v56 = 656  # hits: 1
        v57 = 657  # hits: 1
        v58 = 658  # hits: 1
        v59 = 659  # hits: 1
        v60 = 660  # hits: 1
        v61 = 661  # hits: 1
        v62 = 662  # hits: 1
        v63 = 663  # hits: 1
        v64 = 664  # hits: 1
        v65 = 665  # hits: 1
        v66 = 666  # hits: 1
        v67 = 667  # hits: 1
        v68 = 668  # hits: 1
        v69 = 669  # hits: 1
        return out  # hits: 1
    finally:
        out.append(700)  # hits: 2
        out.append(701)  # hits: 2
        out.append(702)  # hits: 2
        out.append(703)  # hits: 2
        out.append(704)  # hits: 2
        out.append(705)  # hits: 2
        out.append(706)  # hits: 2
        out.append(707)  # hits: 2
        out.append(708)  # hits: 2
        out.append(709)  # hits: 2
        out.append(710)  # hits: 2
        out.append(711)  # hits: 2
        out.append(712)  # hits: 2
        out.append(713)  # hits: 2
        out.append(714)  # hits: 2
        out.append(715)  # hits: 2
        out.append(716)  # hits: 2
        out.append(717)  # hits: 2
        out.append(718)  # hits: 2
        out.append(719)  # hits: 2
        out.append(720)  # hits: 2
        out.append(721)  # hits: 2
        out.append(722)  # hits: 2
        out.append(723)  # hits: 2
        out.append(724)  # hits: 2
        out.append(725)  # hits: 2
        out.append(726)  # hits: 2
        out.append(727)  # hits: 2
        out.append(728)  # hits: 2
        out.append(729)  # hits: 2
        out.append(730)  # hits: 2
        out.append(731)  # hits: 2
        out.append(732)  # hits: 2
        out.append(733)  # hits: 2
        out.append(734)  # hits: 2
        out.append(735)  # hits: 2
        out.append(736)  # hits: 2
        out.append(737)  # hits: 2
        out.append(738)  # hits: 2
        out.append(739)  # hits: 2
    return [v for v in out if v < 705], v129  # hits: 1, 6


def big_condition(n):
    while n and (  # hits: 4
        n != 1000 and
        n != 1001 and
        n != 1002 and
        n != 1003 and
        n != 1004 and
        n != 1005 and
        n != 1006 and
        n != 1007 and
        n != 1008 and
        n != 1009 and
        n != 1010 and
        n != 1011 and
        n != 1012 and
        n != 1013 and
        n != 1014 and
        n != 1015 and
        n != 1016 and
        n != 1017 and
        n != 1018 and
        n != 1019 and
        n != 1020 and
        n != 1021 and
        n != 1022 and
        n != 1023 and
        n != 1024 and
        n != 1025 and
        n != 1026 and
        n != 1027 and
        n != 1028 and
        n != 1029 and
        n != 1030 and
        n != 1031 and
        n != 1032 and
        n != 1033 and
        n != 1034 and
        n != 1035 and
        n != 1036 and
        n != 1037 and
        n != 1038 and
        n != 1039 and
        n != 1040 and
        n != 1041 and
        n != 1042 and
        n != 1043 and
        n != 1044 and
        n != 1045 and
        n != 1046 and
        n != 1047 and
        n != 1048 and
        n != 1049 and
        n != 1050 and
        n != 1051 and
        n != 1052 and
        n != 1053 and
        n != 1054 and
        n != 1055 and
        n != 1056 and
        n != 1057 and
        n != 1058 and
        n != 1059 and
        n != 1060 and
        n != 1061 and
        n != 1062 and
        n != 1063 and
        n != 1064 and
        n != 1065 and
        n != 1066 and
        n != 1067 and
        n != 1068 and
        n != 1069 and
        n
    ): n -= 1  # hits: 3
    return n  # hits: 1


def big_one_line(n):
    while n: n -= 1; x0 = n * 2000; x1 = n * 2001; x2 = n * 2002; x3 = n * 2003; x4 = n * 2004; x5 = n * 2005; x6 = n * 2006; x7 = n * 2007; x8 = n * 2008; x9 = n * 2009; x10 = n * 2010; x11 = n * 2011; x12 = n * 2012; x13 = n * 2013; x14 = n * 2014; x15 = n * 2015; x16 = n * 2016; x17 = n * 2017; x18 = n * 2018; x19 = n * 2019; x20 = n * 2020; x21 = n * 2021; x22 = n * 2022; x23 = n * 2023; x24 = n * 2024; x25 = n * 2025; x26 = n * 2026; x27 = n * 2027; x28 = n * 2028; x29 = n * 2029; x30 = n * 2030; x31 = n * 2031; x32 = n * 2032; x33 = n * 2033; x34 = n * 2034; x35 = n * 2035; x36 = n * 2036; x37 = n * 2037; x38 = n * 2038; x39 = n * 2039; x40 = n * 2040; x41 = n * 2041; x42 = n * 2042; x43 = n * 2043; x44 = n * 2044; x45 = n * 2045; x46 = n * 2046; x47 = n * 2047; x48 = n * 2048; x49 = n * 2049; x50 = n * 2050; x51 = n * 2051; x52 = n * 2052; x53 = n * 2053; x54 = n * 2054; x55 = n * 2055; x56 = n * 2056; x57 = n * 2057; x58 = n * 2058; x59 = n * 2059; x60 = n * 2060; x61 = n * 2061; x62 = n * 2062; x63 = n * 2063; x64 = n * 2064; x65 = n * 2065; x66 = n * 2066; x67 = n * 2067; x68 = n * 2068; x69 = n * 2069; x70 = n * 2070; x71 = n * 2071; x72 = n * 2072; x73 = n * 2073; x74 = n * 2074; x75 = n * 2075; x76 = n * 2076; x77 = n * 2077; x78 = n * 2078; x79 = n * 2079; x80 = n * 2080; x81 = n * 2081; x82 = n * 2082; x83 = n * 2083; x84 = n * 2084; x85 = n * 2085; x86 = n * 2086; x87 = n * 2087; x88 = n * 2088; x89 = n * 2089; x90 = n * 2090; x91 = n * 2091; x92 = n * 2092; x93 = n * 2093; x94 = n * 2094; x95 = n * 2095; x96 = n * 2096; x97 = n * 2097; x98 = n * 2098; x99 = n * 2099; x100 = n * 2100; x101 = n * 2101; x102 = n * 2102; x103 = n * 2103; x104 = n * 2104; x105 = n * 2105; x106 = n * 2106; x107 = n * 2107; x108 = n * 2108; x109 = n * 2109; x110 = n * 2110; x111 = n * 2111; x112 = n * 2112; x113 = n * 2113; x114 = n * 2114; x115 = n * 2115; x116 = n * 2116; x117 = n * 2117; x118 = n * 2118; x119 = n * 2119; x120 = n * 2120; x121 = n * 2121; x122 = n * 2122; x123 = n * 2123; x124 = n * 2124; x125 = n * 2125; x126 = n * 2126; x127 = n * 2127; x128 = n * 2128; x129 = n * 2129  # hits: 4, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3
    return x9  # hits: 1


def big_with(n):
    for i in range(n):  # hits: 6
        with open(__import__("os").devnull):  # hits: 5
            if i == 0: n += 3000  # hits: 5, 2
            if i == 1: n += 3001  # hits: 5, 2
            if i == 2: n += 3002  # hits: 5, 1
            if i == 3: n += 3003  # hits: 5, 0
            if i == 4: n += 3004  # hits: 5, 0
            if i == 5: n += 3005  # hits: 5, 0
            if i == 6: n += 3006  # hits: 5, 0
            if i == 7: n += 3007  # hits: 5, 0
            if i == 8: n += 3008  # hits: 5, 0
            if i == 9: n += 3009  # hits: 5, 0
            if i == 10: n += 3010  # hits: 5, 0
            if i == 11: n += 3011  # hits: 5, 0
            if i == 12: n += 3012  # hits: 5, 0
            if i == 13: n += 3013  # hits: 5, 0
            if i == 14: n += 3014  # hits: 5, 0
            if i == 15: n += 3015  # hits: 5, 0
            if i == 16: n += 3016  # hits: 5, 0
            if i == 17: n += 3017  # hits: 5, 0
            if i == 18: n += 3018  # hits: 5, 0
            if i == 19: n += 3019  # hits: 5, 0
            if i == 20: n += 3020  # hits: 5, 0
            if i == 21: n += 3021  # hits: 5, 0
            if i == 22: n += 3022  # hits: 5, 0
            if i == 23: n += 3023  # hits: 5, 0
            if i == 24: n += 3024  # hits: 5, 0
            if i == 25: n += 3025  # hits: 5, 0
            if i == 26: n += 3026  # hits: 5, 0
            if i == 27: n += 3027  # hits: 5, 0
            if i == 28: n += 3028  # hits: 5, 0
            if i == 29: n += 3029  # hits: 5, 0
            if i == 30: n += 3030  # hits: 5, 0
            if i == 31: n += 3031  # hits: 5, 0
            if i == 32: n += 3032  # hits: 5, 0
            if i == 33: n += 3033  # hits: 5, 0
            if i == 34: n += 3034  # hits: 5, 0
            if i == 35: n += 3035  # hits: 5, 0
            if i == 36: n += 3036  # hits: 5, 0
            if i == 37: n += 3037  # hits: 5, 0
            if i == 38: n += 3038  # hits: 5, 0
            if i == 39: n += 3039  # hits: 5, 0
            if i == 40: n += 3040  # hits: 5, 0
            if i == 41: n += 3041  # hits: 5, 0
            if i == 42: n += 3042  # hits: 5, 0
            if i == 43: n += 3043  # hits: 5, 0
            if i == 44: n += 3044  # hits: 5, 0
            if i == 45: n += 3045  # hits: 5, 0
            if i == 46: n += 3046  # hits: 5, 0
            if i == 47: n += 3047  # hits: 5, 0
            if i == 48: n += 3048  # hits: 5, 0
            if i == 49: n += 3049  # hits: 5, 0
            if i == 50: n += 3050  # hits: 5, 0
            if i == 51: n += 3051  # hits: 5, 0
            if i == 52: n += 3052  # hits: 5, 0
            if i == 53: n += 3053  # hits: 5, 0
            if i == 54: n += 3054  # hits: 5, 0
            if i == 55: n += 3055  # hits: 5, 0
            if i == 56: n += 3056  # hits: 5, 0
            if i == 57: n += 3057  # hits: 5, 0
            if i == 58: n += 3058  # hits: 5, 0
            if i == 59: n += 3059  # hits: 5, 0
            if i == 2: break  # hits: 5, 1
    else:
        n = 0  # hits: 1
    return n  # hits: 2


def drive():
    return big(5, 3), big_while(6), big_while(2), big_try(0), big_try(5), big_condition(3), big_one_line(3), big_with(2), big_with(5)  # hits: 1
