CREATE TABLE online_member (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, username varchar(150) NOT NULL, password varchar(128) NOT NULL);
